"""The `kizashi` command: every command, and the module that has it.

A command's module imports what it needs inside its function, so that `kizashi --help` answers at once. To add a
command, write its function in a module of its own and register it here.
"""

import logging
import sys

import typer

from services.cli import (
    account,
    accounts,
    alerts,
    backtest,
    dead_letters,
    demo,
    doctor,
    down,
    explain,
    forget,
    imports,
    keys,
    override,
    prepare,
    recipients,
    scorecards,
    send,
    serve,
    simulate,
    sources,
    status,
    up,
    verify,
    webhooks,
    work,
)
from services.cli.exits import EPILOG

app = typer.Typer(
    name="kizashi",
    help="Churn-risk scores that explain themselves, from usage events, in time to act.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
)

TRY = "A first look"
app.command(rich_help_panel=TRY)(demo.demo)
app.command(rich_help_panel=TRY)(simulate.simulate)

INSTANCE = "An instance"
app.command(rich_help_panel=INSTANCE)(up.up)
app.command(rich_help_panel=INSTANCE)(down.down)
app.command(rich_help_panel=INSTANCE)(status.status)
app.command(rich_help_panel=INSTANCE)(doctor.doctor)

ACCOUNTS = "Who is at risk, and why"
app.command(rich_help_panel=ACCOUNTS)(accounts.accounts)
app.command(rich_help_panel=ACCOUNTS)(account.account)
app.command(rich_help_panel=ACCOUNTS)(explain.explain)
app.command(rich_help_panel=ACCOUNTS)(override.override)

SCORING = "How accounts are scored"
app.command(rich_help_panel=SCORING)(backtest.backtest)
app.add_typer(scorecards.app, rich_help_panel=SCORING)

WORK = "What to do about it"
app.add_typer(alerts.app, name="alerts", rich_help_panel=WORK)
app.command(rich_help_panel=WORK)(alerts.ack)
app.command(rich_help_panel=WORK)(alerts.snooze)
app.command(rich_help_panel=WORK)(alerts.resolve)
app.command(rich_help_panel=WORK)(alerts.reopen)
app.command(rich_help_panel=WORK)(alerts.assign)
app.command(rich_help_panel=WORK)(work.contact)
app.command(rich_help_panel=WORK)(work.outcome)
app.command(rich_help_panel=WORK)(work.mute)
app.command(rich_help_panel=WORK)(work.unmute)
app.command(rich_help_panel=WORK)(work.why)
app.command(rich_help_panel=WORK)(recipients.rules)

TOLD = "Who is told"
app.add_typer(webhooks.app, name="webhooks", rich_help_panel=TOLD)
app.add_typer(recipients.app, name="recipients", rich_help_panel=TOLD)
app.command(rich_help_panel=TOLD)(recipients.incidents)

EVENTS = "What comes in"
app.command(rich_help_panel=EVENTS)(send.send)
app.command("import", rich_help_panel=EVENTS)(imports.import_)
app.add_typer(dead_letters.app, name="dead-letters", rich_help_panel=EVENTS)
app.command(rich_help_panel=EVENTS)(sources.sources)

app.command(rich_help_panel=INSTANCE)(verify.verify)
app.command(rich_help_panel=INSTANCE)(forget.forget)
app.add_typer(keys.app, name="keys", rich_help_panel=INSTANCE)

PRODUCTION = "One service in the foreground (production)"
app.command(rich_help_panel=PRODUCTION)(prepare.prepare)
app.command(rich_help_panel=PRODUCTION)(serve.ingest)
app.command(rich_help_panel=PRODUCTION)(serve.scoring)
app.command(rich_help_panel=PRODUCTION)(serve.api)


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters of it we say ourselves, once
    try:
        app()
    except Exception as refused:
        from services.cli import failures

        if not isinstance(refused, failures.REFUSALS):
            raise
        sys.exit(failures.explain(refused))
