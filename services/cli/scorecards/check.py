"""`kizashi scorecard check`: whether a file could be published."""

import typer

from services.cli.options import Json
from services.cli.scorecards.file import File, least_silence


def check(file: File, *, as_json: Json = False) -> None:
    """Check a scorecard: every flaw with its line, its field, and what may have been meant.

    Exit code 1 if there is one. No instance is needed.
    """
    import msgspec

    from services.cli.exits import Exit
    from services.scoring.scorecard_file import ScorecardRefused, digest_of, read_scorecard

    try:
        scorecard = read_scorecard(file, least_silence())
    except ScorecardRefused as refused:
        flaws = str(refused).splitlines()
        typer.echo(msgspec.json.encode({"ok": False, "flaws": flaws}) if as_json else refused, err=not as_json)
        raise typer.Exit(Exit.FAILED) from refused
    digest = digest_of(scorecard)
    if as_json:
        typer.echo(msgspec.json.encode({"ok": True, "name": scorecard.name, "hash": digest, "flaws": []}))
    else:
        parts = f"{len(scorecard.signals)} signals, {len(scorecard.variants)} variants"
        typer.echo(f"{file}: a scorecard ({scorecard.name}, {digest[:8]}): {parts}")
