"""`kizashi doctor`: what is wrong, and what to do about it."""

from services.cli.options import Data, Json


def doctor(*, data: Data = None, as_json: Json = False) -> None:
    """Look at everything an instance needs, and say what is wrong and what to do. Exit code 1: something is wrong.

    It looks at the running instance of the data folder; where KIZASHI_KAFKA_* and KIZASHI_DATABASE_URL are set, at those.
    """
    import asyncio
    import json
    import os
    from dataclasses import asdict

    import typer
    from rich.console import Console
    from rich.table import Table

    from services.cli import diagnosis
    from services.cli.diagnosis import Verdict
    from services.cli.exits import Exit
    from services.runtime.folder import with_remembered_clock
    from services.runtime.instance import NotRunning, find_run
    from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings, read

    settings = with_remembered_clock(read(InstanceSettings, data=data))
    findings = [*diagnosis.machine(settings), diagnosis.instance(settings)]
    try:
        run = find_run(settings.data)
    except NotRunning:
        run = None
    if run is None:
        findings += diagnosis.ports(settings)
    else:
        findings += diagnosis.services(run)
    if "KIZASHI_KAFKA_BOOTSTRAP_SERVERS" in os.environ:
        findings += asyncio.run(diagnosis.kafka(read(KafkaSettings)))
    elif run is not None:
        embedded = read(KafkaSettings, bootstrap_servers=run.kafka_bootstrap_servers, replication=1)
        findings += asyncio.run(diagnosis.kafka(embedded))
    if run is not None:
        findings += asyncio.run(diagnosis.database(read(DatabaseSettings, url=run.database_url), run.keys))
    elif "KIZASHI_DATABASE_URL" in os.environ:
        findings += asyncio.run(diagnosis.database(read(DatabaseSettings), {}))
    is_well = all(finding.verdict is not Verdict.PROBLEM for finding in findings)
    if as_json:
        typer.echo(json.dumps({"well": is_well, "findings": [asdict(finding) for finding in findings]}))
    else:
        table = Table(box=None, show_header=False)
        colours = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "red"}
        for finding in findings:
            remedy = f"\n→ {finding.remedy}" if finding.remedy else ""
            table.add_row(f"[{colours[finding.verdict]}]{finding.verdict}[/]", finding.name, f"{finding.what}{remedy}")
        Console(highlight=False).print(table)
    raise typer.Exit(Exit.OK if is_well else Exit.FAILED)
