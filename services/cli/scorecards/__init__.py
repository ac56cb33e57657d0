"""`kizashi scorecard`: how accounts are scored, checked, compared, solved, fitted, published, and taken back."""

import typer

from services.cli.scorecards import check, diff, fit, publish, rollback, solve, versions

app = typer.Typer(
    name="scorecard",
    help="How accounts are scored: check a file, compare it with what is published, solve its bands, fit its points, "
    "publish it, go back.",
    no_args_is_help=True,
)
app.command()(check.check)
app.command()(diff.diff)
app.command()(solve.solve)
app.command()(fit.fit)
app.command()(publish.publish)
app.command()(rollback.rollback)
app.command("list")(versions.list_)
