"""`kizashi forget`: an account or a user is forgotten, and it is said what is gone, and what remains until when."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.options import Data, Json

if TYPE_CHECKING:
    from services.cli.forgetting.act import Wanted


def forget(  # noqa: PLR0913 - each option is one
    *,
    account: Annotated[str | None, typer.Option(metavar="ID", help="Forget this account.")] = None,
    user: Annotated[
        str | None, typer.Option(metavar="ID", help="Forget this user, by the id that events name or by a pseudonym.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    by: Annotated[str | None, typer.Option(help="Who says so. It stays in the log.", show_default="you")] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait until it is done everywhere.")] = 120.0,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Forget an account or a user. It cannot be taken back.

    An account that is heard of again is a new one. Stop its events first, or it comes back with the next of them.

    Exit code 0: forgotten, and looked for in vain where rows are kept; 1: not confirmed, or something is left; 7: it is
    in the log, and was not done everywhere in time: say it again.
    """
    import asyncio

    from services.cli.exits import Exit
    from services.cli.forgetting.act import NotDone, forget_subject
    from services.cli.forgetting.tell import as_document, sentences
    from services.cli.progress import Progress
    from services.cli.where import me, where

    if (account is None) is (user is None):
        msg = "say --account ID or --user ID"
        raise typer.BadParameter(msg)
    wanted = _wanted(account, user)
    if not yes and not typer.confirm(f"Forget {wanted.told}? It cannot be taken back.", err=True):
        raise typer.Exit(Exit.FAILED)
    try:
        done = asyncio.run(forget_subject(where(data), wanted, by or me(), wait, Progress().say))
    except NotDone as late:
        typer.echo(f"kizashi: {late}", err=True)
        raise typer.Exit(Exit.REFUSED) from late
    typer.echo(as_document(done) if as_json else "\n".join(sentences(done)))
    raise typer.Exit(Exit.FAILED if done.left else Exit.OK)


def _wanted(account: str | None, user: str | None) -> "Wanted":
    from schemas.forgetting import Subject
    from schemas.text import flaw
    from services.cli.forgetting.act import Wanted
    from services.runtime.pseudonyms import name_of
    from services.runtime.settings import PrivacySettings, read

    said = (account or user or "").strip()
    wrong = flaw(said)
    if wrong is not None:
        msg = f"the id {wrong}"
        raise typer.BadParameter(msg)
    if account is not None:
        return Wanted(Subject("account_id", said), said)
    return Wanted(Subject("user_id", name_of(read(PrivacySettings))(said)), said)
