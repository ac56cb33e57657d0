"""Lives through the history of one account by the core's own `observe`, and looks at it on the way."""

from collections.abc import Iterator, Sequence

from schemas.activity import Event
from schemas.time import Instant, iso, moment_of
from services.scoring.backtest.buckets import Life
from services.scoring.backtest.refused import Leak
from services.scoring.core.inputs import NOTHING, Watch
from services.scoring.core.state import Account, new_account
from services.scoring.core.step import observe

_SOURCE = "backtest"


def lived_until(
    life: Life, instants: Sequence[Instant], watch: Watch = NOTHING
) -> Iterator[tuple[Instant, int, Account]]:
    """At each of the instants, which rise: how many events came before it, and the account as they left it.

    Only what happened before an instant is known at it: an event of that very millisecond is not. The account is one
    and the same, changed from instant to instant. Raises Leak.
    """
    account = new_account(life.account_id)
    events = zip(life.at, life.event_names, life.users, life.features, strict=True)
    upcoming = next(events, None)
    seen = 0
    for instant in instants:
        while upcoming is not None and upcoming[0] < instant:
            observe(account, event_of(life.account_id, *upcoming), watch)
            seen += 1
            upcoming = next(events, None)
        knows_only_the_past(account, instant)
        yield instant, seen, account


def knows_only_the_past(account: Account, at: Instant) -> None:
    """Raises Leak where the account has been shown an event that had not happened yet at `at`."""
    if account.last_at is not None and account.last_at >= at:
        msg = f"{account.account_id} knew at {iso(at)} of an event of {iso(account.last_at)}"
        raise Leak(msg)


def event_of(account_id: str, at: Instant, name: str, user: str | None, feature: str | None) -> Event:
    """An event of a history as the core takes it."""
    moment = moment_of(at)
    return Event(
        account_id=account_id,
        event_name=name,
        occurred_at=moment,
        received_at=moment,
        source=_SOURCE,
        message_id="",
        hash=0,
        user_id=user,
        feature=feature,
    )
