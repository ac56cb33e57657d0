"""What the demo shows at an instant, as data: the riskiest accounts, how they moved, what just changed, and alerts."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.alerts import Alert, Message
from schemas.changes import CauseKind, ScoreChange, State
from schemas.time import SECOND, Instant, instant_of
from services.api.answers import ListedAccount
from services.cli.demonstration.alarm import Alarm, Alarms, Expected

NEWS = 6  # the changes shown
WARNINGS = 3  # of these at most, kept in sight while the others pass
_RATE_OVER = 10 * SECOND
_FIRST_NEWS_AGE = 60 * SECOND  # changes of the history that was just brought in are no news


@dataclass(frozen=True, slots=True)
class Place:
    """An account in the table, and the points it gained (worse) or lost since it was first seen here."""

    account: ListedAccount
    moved: float


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything on the screen."""

    places: tuple[Place, ...] = ()
    news: tuple[ScoreChange, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    expected: Expected | None = None
    receiver: str | None = None  # where alerts are delivered to
    states: dict[State, int] = field(default_factory=dict)
    events: int = 0
    events_per_second: float = 0.0
    seconds_behind: tuple[float, float] | None = None  # stream time: the quickest and the slowest partition's
    seconds_to_screen: float | None = None  # from the instant a change became known to its being read here
    doing: str = ""
    trouble: str | None = None  # what does not answer just now


class Director:
    """Makes a scene of what was read, remembering what was seen before."""

    def __init__(self, since: Instant = 0) -> None:
        self.scene = Scene()
        self._alarms = Alarms(since)
        self._first_scores: dict[str, float] = {}
        self._counts: deque[tuple[Instant, int]] = deque()
        self._warnings: deque[ScoreChange] = deque(maxlen=WARNINGS)
        self._others: deque[ScoreChange] = deque(maxlen=NEWS)

    def rank(self, accounts: Iterable[ListedAccount]) -> None:
        """The accounts to show, riskiest first."""
        self.scene = replace(self.scene, places=tuple(map(self._place, accounts)))

    def tell(self, changes: Iterable[ScoreChange], now: Instant) -> None:
        """Changes that were read just now, in their order."""
        fresh = [change for change in changes if now - instant_of(change.known_at) < _FIRST_NEWS_AGE]
        if not fresh:
            return
        for change in filter(is_news, fresh):
            (self._warnings if is_warning(change) else self._others).append(change)
        room = NEWS - len(self._warnings)
        news = sorted([*self._warnings, *list(self._others)[-room:]], key=_when, reverse=True)
        delay = (now - instant_of(fresh[-1].known_at)) / SECOND
        self.scene = replace(self.scene, news=tuple(news), seconds_to_screen=max(0.0, delay))

    def expect(self, expected: Expected | None) -> None:
        """Whose silence will be news."""
        self.scene = replace(self.scene, expected=expected)

    def deliver_to(self, receiver: str | None) -> None:
        """Where alerts are delivered to."""
        self.scene = replace(self.scene, receiver=receiver)

    def alert(self, alerts: Iterable[Alert]) -> None:
        """Alerts that were read just now."""
        self._alarms.read(alerts)
        self.scene = replace(self.scene, alarms=self._alarms.shown)

    def hear(self, message: Message, now: Instant) -> None:
        """A message that the receiver took just now."""
        self._alarms.hear(message, now)
        self.scene = replace(self.scene, alarms=self._alarms.shown)

    def count(self, events: int, now: Instant) -> None:
        """How many events were accepted up to now."""
        counts = self._counts
        counts.append((now, events))
        while len(counts) > 1 and now - counts[0][0] > _RATE_OVER:
            counts.popleft()
        since, before = counts[0]
        rate = (events - before) * SECOND / (now - since) if now > since else 0.0
        self.scene = replace(self.scene, events=events, events_per_second=rate)

    def note(self, doing: str) -> None:
        """What the demo is doing."""
        self.scene = replace(self.scene, doing=doing)

    def miss(self, trouble: str | None) -> None:
        """What does not answer, or None once it does again; what was seen last stays."""
        self.scene = replace(self.scene, trouble=trouble)

    def stand(self, states: dict[State, int], seconds_behind: tuple[float, float] | None) -> None:
        """Accounts by state, and how far stream time is behind."""
        self.scene = replace(self.scene, states=states, seconds_behind=seconds_behind)

    def _place(self, account: ListedAccount) -> Place:
        if account.score is None:
            return Place(account, 0.0)
        return Place(account, account.score - self._first_scores.setdefault(account.id, account.score))


def is_news(change: ScoreChange) -> bool:
    """Whether a known account's difference can be seen: another state, or a point of risk. Imported history is old."""
    before = change.previous
    if before is None or change.cause.kind is CauseKind.IMPORT:
        return False
    if before.state is not change.state:
        return True
    return abs((change.score or 0) - (before.score or 0)) >= 1


def is_warning(change: ScoreChange) -> bool:
    """Whether somebody might have to act: the risk grew, or the account went into another state."""
    before = change.previous
    return before is not None and (before.state is not change.state or (change.score or 0) > (before.score or 0))


def _when(change: ScoreChange) -> tuple[datetime, str]:
    return change.known_at, change.id
