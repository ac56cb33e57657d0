"""The users of an account, the features it uses and by what it is heard of: bounded samples, told day by day."""

from schemas.time import Day
from services.scoring.core.novelty import FEATURE, FEATURE_DAY, USER, USER_DAY
from services.scoring.core.sample import Members, Sample
from services.scoring.core.windows import mark, was_active

MOST_USERS = 1_000
MOST_FEATURES = 256
MOST_SOURCES = 16


Counted = tuple[int, Day, Day, int]  # days asked for, valid from, valid before, how many


class Users(Sample):
    """On which of their last days users were active: (newest day, mask of days) for each."""

    __slots__ = ("_counted",)

    def __init__(self, members: Members | None = None) -> None:
        """Nobody, unless told otherwise."""
        super().__init__(MOST_USERS, members)
        self._counted: Counted | None = None

    def link(self, user: str) -> None:
        """A user belongs to the account, whether or not it does anything."""
        if user not in self.members and self.takes(user):
            self.members[user] = (0, 0)
            self._counted = None

    def forget(self, user: str) -> bool:
        """A user is in it no longer; whether they were."""
        self._counted = None
        return self.discard(user)

    def saw(self, user: str, day: Day) -> int:
        """A user was active on a day. What of that is news (novelty.py)."""
        members = self.members
        before = members.get(user)
        if before is None:
            if not self.takes(user):
                return 0
            before = (day, 0)
            if len(members) >= self.most - 1:  # somebody may have had to go
                self._counted = None
        elif before[0] == day and before[1] & 1:
            return 0
        after = mark(*before, day)
        if after == before:
            return 0
        members[user] = after
        counted = self._counted
        if counted is None:
            return USER_DAY | USER
        self._counted = counts = _counted_with(before, after[0], counted)
        return USER_DAY if counts is not None and counts[3] == counted[3] else USER_DAY | USER

    def are_active_as_before(self, today: Day) -> bool:
        """Whether as many are active as when somebody asked last."""
        counted = self._counted
        return counted is not None and counted[1] <= today < counted[2]

    def active(self, today: Day, days: int) -> int:
        """How many were active today or on one of the `days` before.

        Remembered until one of them drops out, so that asking every day costs nothing, and kept right by `saw`.
        """
        counted = self._counted
        if counted is not None and counted[0] == days and counted[1] <= today < counted[2]:
            return counted[3]
        first = today - days
        active, changes = 0, today + days + 1
        for newest, mask in self.members.values():
            if newest > today:  # whoever asks about the past is told about that day alone
                changes = today + 1
            elif newest >= first:
                changes = min(changes, newest + days + 1)
            active += was_active(newest, mask, first, today)
        self._counted = (days, today, changes, active)
        return active


def _counted_with(before: tuple[Day, int], newest: Day, counted: Counted) -> Counted | None:
    """How many are active once one who was last active `before` was so on their `newest` day."""
    (last, mask), (days, opens, ends, active) = before, counted
    if mask and last == newest:  # an earlier day: it matters to who asks about the past
        return None
    is_counted = mask and last >= opens - days
    return days, max(opens, newest), min(ends, newest + days + 1), active if is_counted else active + 1


class Features(Sample):
    """The features an account uses: (newest day, how often) for each."""

    __slots__ = ("_often",)

    def __init__(self, members: Members | None = None) -> None:
        """None, unless told otherwise."""
        super().__init__(MOST_FEATURES, members)
        self._often: int | None = None  # until somebody asks, and again when one may have had to go

    def saw(self, feature: str, day: Day) -> int:
        """A feature was used on a day. What of that is news (novelty.py)."""
        members = self.members
        before = members.get(feature)
        if before is not None:
            newest, count = before
            is_later = day > newest
            members[feature] = (day if is_later else newest, count + 1)
            if self._often is not None:
                self._often += 1
            return FEATURE_DAY if is_later else 0
        self._often = None
        if not self.takes(feature):
            return 0
        self.members[feature] = (day, 1)
        return FEATURE_DAY | FEATURE

    @property
    def often(self) -> int:
        """How often any of them was used."""
        if self._often is None:
            self._often = sum([count for _, count in self.members.values()])
        return self._often


class Sources(Sample):
    """By what an account is heard of: (newest day, 0) for each source of its events."""

    __slots__ = ("_day", "_source")

    def __init__(self, members: Members | None = None) -> None:
        """None, unless told otherwise."""
        super().__init__(MOST_SOURCES, members)
        self._source, self._day = "", 0  # of the last event: as a rule the next one is of the same

    def saw(self, source: str, day: Day) -> None:
        """An event of a source, on a day."""
        if day == self._day and source == self._source:
            return
        self._source, self._day = source, day
        before = self.members.get(source)
        if before is None and not self.takes(source):
            return
        if before is None or day > before[0]:
            self.members[source] = (day, 0)
