"""The day of a product that every SDK plays, and what the log holds afterwards.

A call is what an SDK is asked to do. Of `track` every other one names its account, the rest only a user of it: the link
that `group` makes lends them the account.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from schemas.activity import AccountFacts, Event, UserLink

COMPANY = "株式会社アクメ 😀"
TRACKS = 150  # in batches of 20: several batches of each SDK


class Happening(NamedTuple):
    """An event as the script means it; the time is whole milliseconds, which is all that JavaScript has."""

    account_id: str
    user_id: str | None
    event_name: str
    feature: str | None
    occurred_at: datetime


@dataclass(frozen=True)
class Script:
    """A day that began at `begins`, at the account of `player`."""

    player: str
    begins: datetime
    users_number: int = 4
    has_groups: bool = True  # whether the SDK knows calls of identify, group and page

    @property
    def account(self) -> str:
        return f"acme 日本 {self.player}"

    @property
    def users(self) -> list[str]:
        return [f"ユーザー {number} & {self.player}" for number in range(self.users_number)]

    def calls(self) -> list[dict[str, Any]]:
        """What the SDK is asked to do, in order."""
        return [*(self._introductions() if self.has_groups else ()), *self._tracks()]

    def events(self) -> set[Happening]:
        """The events of the log."""
        found = {
            Happening(self.account, call["user"], call["event"], call["properties"]["feature"], _time(call["at"]))
            for call in self._tracks()
        }
        page = Happening(self.account, self.users[0], "page", "Settings", self._at(0))
        return found | {page} if self.has_groups else found

    def told(self) -> set[tuple[str | None, ...]]:
        """The links and facts of the log, as `told` says them."""
        links = {(self.account, user) for user in self.users}
        return {*links, (self.account, COMPANY, "pro", "12")} if self.has_groups else {*links}

    @property
    def statements(self) -> int:
        """How often something is told: of each user that it belongs here and, in the same call, the facts."""
        return self.users_number * (2 if self.has_groups else 1)

    def _introductions(self) -> Iterator[dict[str, Any]]:
        for user in self.users:
            yield {"call": "identify", "user": user, "traits": {"email": "hana@example.com", "名前": "花子"}}
            traits = {"name": COMPANY, "plan": "pro", "seats": 12, "industry": "rockets"}
            yield {"call": "group", "user": user, "account": self.account, "traits": traits}
        at = _iso(self._at(0))
        yield {"call": "page", "user": self.users[0], "account": self.account, "name": "Settings", "at": at}

    def _tracks(self) -> Iterator[dict[str, Any]]:
        for number in range(TRACKS):
            yield {
                "call": "track",
                "user": self.users[number % self.users_number],
                "account": self.account if number % 2 else None,
                "event": f"Report Exported {number}",
                "properties": {
                    "feature": f"レポート {number % 3}",
                    "nested": {"rows": [1, 2.5, None, {"deep": True}], "text": "“quoted”\n\t\\ 😀"},
                    "bytes": "x" * 500,
                },
                "at": _iso(self._at(number + 1)),
            }

    def _at(self, number: int) -> datetime:
        return self.begins + number * timedelta(seconds=1, milliseconds=1)


def begin_of(now: datetime) -> datetime:
    """An hour ago, in whole seconds."""
    return (now - timedelta(hours=1)).astimezone(UTC).replace(microsecond=0)


def happening(event: Event) -> Happening:
    """What an event of the log says, of what the script says."""
    return Happening(event.account_id, event.user_id, event.event_name, event.feature, event.occurred_at)


def told(record: AccountFacts | UserLink) -> tuple[str | None, ...]:
    """What a link or facts of the log say, of what the script says."""
    if isinstance(record, UserLink):
        return (record.account_id, record.user_id)
    return (
        record.account_id,
        *(None if fact is None else str(fact) for fact in (record.name, record.plan, record.seats)),
    )


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
