"""`kizashi doctor`: what is wrong, and what to do about it."""

from services.cli.options import Data, Json


def doctor(*, data: Data = None, as_json: Json = False) -> None:
    """Look at everything an instance needs, and say what is wrong and what to do. Exit code 1: something is wrong.

    It looks at the running instance of the data folder, and at what KIZASHI_KAFKA_* and KIZASHI_DATABASE_URL name.
    """
    import asyncio
    import json
    from dataclasses import asdict

    import typer
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from services.cli.diagnosis import Verdict, examine
    from services.cli.exits import Exit
    from services.runtime.folder import with_remembered_clock
    from services.runtime.settings import InstanceSettings, read

    findings = asyncio.run(examine(with_remembered_clock(read(InstanceSettings, data=data))))
    is_well = all(finding.verdict is not Verdict.PROBLEM for finding in findings)
    if as_json:
        typer.echo(json.dumps({"well": is_well, "findings": [asdict(finding) for finding in findings]}))
    else:
        colours = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "red"}
        table = Table("", "", Column(overflow="fold"), box=None, show_header=False)
        for finding in findings:
            what = finding.what + (f"\n→ {finding.remedy}" if finding.remedy else "")
            table.add_row(f"[{colours[finding.verdict]}]{finding.verdict}[/]", finding.name, escape(what))
        Console(highlight=False).print(table)
    raise typer.Exit(Exit.OK if is_well else Exit.FAILED)
