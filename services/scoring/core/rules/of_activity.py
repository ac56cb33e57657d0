"""What rules see in what an account does, whatever its score: moments, silence, value points, who used it most."""

from collections.abc import Sequence
from typing import Final

from schemas.conditions import RuleKind
from schemas.rules import ChampionRule, MomentRule, SilenceRule, ValuePointRule
from schemas.time import DAY, Day, Instant, day_of
from services.scoring.core.inputs import Feed, Feeds
from services.scoring.core.novelty import NEWS, OTHER, SILENCE
from services.scoring.core.reading import Reading
from services.scoring.core.rules.rule import Sight
from services.scoring.core.signals.people import champion_gone
from services.scoring.core.state import Account
from services.scoring.core.tally import NONE, Tally

_THOUSANDTHS: Final = 1_000


def moment(rule: MomentRule, feeds: Feeds) -> Sight:
    """How often its events happened, today and on the days before; 0 once what ends it has come after them."""
    within = rule.within_days
    begins, ends = _numbers(rule.events, feeds), _numbers(rule.ended_by, feeds)
    watched = {number for number, _ in begins}

    def recent(account: Account, at: Instant) -> list[tuple[Instant, str, Tally]]:
        tallies, first = account.tallies, day_of(at) - within
        found = [(tallies.get(number, NONE), name) for number, name in begins]
        return [(tally.last_at, name, tally) for tally, name in found if day_of(tally.last_at) >= first]

    def look(account: Account, at: Instant, _: Reading) -> int | None:
        tallies = account.tallies
        found = () if tallies.keys().isdisjoint(watched) else recent(account, at)
        if not found:
            return 0
        ended_at = max([tallies.get(number, NONE).last_at for number, _ in ends], default=0)
        if ended_at >= max([last_at for last_at, _, _ in found]):
            return 0
        today = day_of(at)
        return sum([tally.count(today - within, today) for _, _, tally in found])

    def began(account: Account, at: Instant) -> Instant:
        return min(at, max([last_at for last_at, _, _ in recent(account, at)]))

    def about(account: Account, at: Instant) -> str:
        return max([(last_at, name) for last_at, name, _ in recent(account, at)])[1]

    return Sight(RuleKind.MOMENT, look, rule.times, rule.times, began=began, about=about, moved_by=OTHER)


def _numbers(names: Sequence[str], feeds: Feeds) -> list[tuple[int, str]]:
    """The inputs that count events of these names one by one."""
    return [(feeds.events[name].number, name) for name in names if name in feeds.events]


def silence(_: SilenceRule, __: Feeds) -> Sight:
    """Days since the last event (from one UTC day to another), but one at least, past the account's own deadline."""

    def look(account: Account, at: Instant, _: Reading) -> int | None:
        deadline = account.silence_deadline
        if deadline is None or at < deadline:
            return 0
        return max(1, day_of(at) - day_of(account.last_at or at))

    def began(account: Account, at: Instant) -> Instant:
        return min(at, account.silence_deadline or at)

    def patience(account: Account) -> float:
        return ((account.silence_deadline or 0) - (account.last_at or 0)) * _THOUSANDTHS // DAY / _THOUSANDTHS

    return Sight(RuleKind.SILENCE, look, began=began, limit=patience, moved_by=SILENCE)


def value_point_missed(rule: ValuePointRule, feeds: Feeds) -> Sight:
    """Days since the deadline of the value point that was missed first; 0 where none is known to be missed."""
    points = [(point, feed) for point, feed in feeds.value_points if rule.value_point in (None, point.name)]

    def missed(account: Account, today: Day) -> list[tuple[int, str]]:
        origin = account.active.origin
        return [
            (late, point.name)
            for point, feed in points
            if (late := today - origin - point.within_days) > 0 and _is_missed(account, feed, today)
        ]

    def look(account: Account, at: Instant, _: Reading) -> int | None:
        found = missed(account, day_of(at)) if account.first_at is not None else ()
        return max(found)[0] if found else 0

    def began(account: Account, at: Instant) -> Instant:
        today = day_of(at)
        return (today - max(missed(account, today))[0] + 1) * DAY

    def about(account: Account, at: Instant) -> str:
        return max(missed(account, day_of(at)))[1]

    return Sight(RuleKind.VALUE_POINT_MISSED, look, began=began, about=about)


def _is_missed(account: Account, feed: Feed, today: Day) -> bool:
    """Whether it was not reached, as far as it is known: it has been counted from the account's first event on."""
    reached = feed.reached_on(account)
    if reached is not None:
        return reached > today
    return feed.tally(account, account.active.origin) is not None


def champion(rule: ChampionRule, _: Feeds) -> Sight:
    """Days since the user who used it most was seen. Nobody can say where no such user stands out."""

    def look(account: Account, at: Instant, reading: Reading) -> int | None:
        if reading.score is None:
            return None
        saw = champion_gone(account, day_of(at))
        return None if saw is None else int(saw.value)

    return Sight(RuleKind.CHAMPION_GONE, look, rule.days, rule.days, moved_by=NEWS)
