"""`kizashi scorecard`: how accounts are scored, checked, compared, published, and taken back."""

import typer

from services.cli.scorecards import check, diff, publish, rollback, versions

app = typer.Typer(
    name="scorecard",
    help="How accounts are scored: check a file, compare it with what is published, publish it, go back.",
    no_args_is_help=True,
)
app.command()(check.check)
app.command()(diff.diff)
app.command()(publish.publish)
app.command()(rollback.rollback)
app.command("list")(versions.list_)
