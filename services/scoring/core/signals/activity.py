"""How often and how much an account is active, for its age, lately, and beside its own past."""

from schemas.time import Day
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.novelty import ACTIVE_DAY, DAY_PASSED, EVENT, LAPSE, LAPSE_DAYS, SILENCE
from services.scoring.core.reading import Seen
from services.scoring.core.rhythm import surprise
from services.scoring.core.signals.registry import moved_by, remembered, signal
from services.scoring.core.state import Account
from services.scoring.core.windows import Days

LEVEL_DAYS = 28
WEEKS = 12
LEAST_WEEKS = 4
LEAST_MEDIAN = 3  # events a week
CUSUM_SHARE = 721_000  # micro: the reference between a mean and half of it, as a share of the mean

_LN_ONE, _LN_13, _LN_91, _LN_101, _LN_200, _LN_1001, _LN_3001 = map(ln, (ONE, 13, 91, 101, 200, 1_001, 3_001))


@moved_by(DAY_PASSED | ACTIVE_DAY)
def life_rate(account: Account, today: Day) -> Seen | None:
    """Few active days for its age.

    u = ln((age + 7) / (x + 1/2)) / ln 200, with x active days since the first event and age in days. Value: active
    days per 30 days of age. A young account is not punished: the 7 days are its allowance. After Fader and Hardie's
    frequency. More silence never lowers it.
    """
    active = account.active
    age = today - active.origin
    return _life_rate(active.mask.bit_count(), age if age > 0 else 0)  # noqa: FURB136 - max() is slow, and this is hot


@remembered
def _life_rate(active: int, age: int) -> Seen:
    return Seen(active * 30_000 // (age + 1) / 1_000, clip((ln(2 * age + 14) - ln(2 * active + 1)) * ONE // _LN_200))


@moved_by(DAY_PASSED | ACTIVE_DAY)
def recency(account: Account, today: Day) -> Seen | None:
    """Days since the last active day.

    u = ln(1 + r) / ln 91. Value: r in days. More silence never lowers it.
    """
    return _recency(_days_away(account, today))


@remembered
def _recency(away: int) -> Seen:
    return Seen(float(away), clip(ln(1 + away) * ONE // _LN_91))


@moved_by(DAY_PASSED | ACTIVE_DAY | SILENCE)
def silence(account: Account, today: Day) -> Seen | None:
    """Silence against the account's own rhythm.

    u is half of (z + 1) / 5, with z standard deviations by which the silence exceeds the account's usual log-gap, and
    half of whether its own deadline has passed (rhythm.py). An account without a deadline of its own yet has the
    first half alone, counted twice. Value: days since the last active day. More silence never lowers it.
    """
    rhythm, away = account.rhythm, _days_away(account, today)
    ramp = clip((surprise(rhythm, away) + ONE) // 5)
    if rhythm.patience is not None:
        ramp = (ramp + ONE) // 2 if account.is_silent else ramp // 2
    return Seen(float(away), ramp)


@moved_by(DAY_PASSED | ACTIVE_DAY | EVENT)
def level(account: Account, today: Day, more: int = 0) -> Seen | None:
    """Few events in the last 28 days and today.

    u = 1 - ln(1 + n) / ln 1001. Value: n events. More silence never lowers it.
    """
    events = account.daily.total(today - LEVEL_DAYS, today) + more
    return _LEVELS[events] if events < _ENOUGH else Seen(float(events), 0)


_ENOUGH = 1_000
_LEVELS = tuple(Seen(float(events), clip(ONE - ln(1 + events) * ONE // _LN_1001)) for events in range(_ENOUGH))


@moved_by(LAPSE | ACTIVE_DAY | EVENT)
def intensity(account: Account, today: Day, more: int = 0) -> Seen | None:
    """Little done on the days it is active.

    u = 1 - ln(1 + n / x) / ln 101, with n events on x active days of the 28 days before the last active day and that
    day; 1 once that is more than 28 days ago. Value: n / x. It holds still in silence, where fuller days could leave
    the window before emptier ones. More silence never lowers it.
    """
    days = account.active
    if days.newest < today - LAPSE_DAYS:
        return _NOT_ACTIVE
    if days.newest <= today:
        return _intensity(days.last(LAPSE_DAYS), account.daily.last(LAPSE_DAYS) + more)
    first = today - LAPSE_DAYS
    return _intensity(days.count_between(first, today), account.daily.total(first, today) + more)


def _intensity(active: int, events: int) -> Seen:
    if not active:
        return _NOT_ACTIVE
    return Seen(events * 1_000 // active / 1_000, clip(ONE - (ln(active + events) - ln(active)) * ONE // _LN_101))


_NOT_ACTIVE = Seen(0.0, ONE)


@moved_by(EVENT)
def volume(account: Account, today: Day, more: int = 0) -> Seen | None:  # noqa: ARG001 - one signature for all signals
    """Little ever done: events that named a feature, since the first.

    u = 1 - ln(1 + n) / ln 3001. Value: n events (of at most 256 features). Abstains where no event named a feature.
    More silence never lowers it.
    """
    events = account.features.often
    if not events:
        return None
    events += more
    return Seen(float(events), clip(ONE - ln(1 + events) * ONE // _LN_3001))


@signal
def change(account: Account, today: Day) -> Seen | None:
    """Fewer events in the last seven whole days than in the account's own weeks before.

    u = (m - x) / (4 s), with x events in the last week, m the median of up to 11 weeks before it, and s = 1.4826 MAD +
    m / 10 + 1 what is usual. Value: the change in percent of m. Abstains with fewer than four weeks before, or where m
    is below 3: there is too little to fall from. Not monotone: silence becomes usual, too.
    """
    earlier = min(WEEKS, (today - account.active.origin) // 7) - 1
    if earlier < LEAST_WEEKS:
        return None
    last, *before = (account.daily.total(today - 7 * week - 7, today - 7 * week - 1) for week in range(earlier + 1))
    median = _median(before)  # all in halves from here on, since a median may lie between two counts
    if median < 2 * LEAST_MEDIAN:
        return None
    deviation = _median([abs(2 * count - median) for count in before])  # in quarters
    usual = 14_826 * deviation // 40 + (median * 1_000 // 20) + 1_000  # thousandths of an event
    short = (median - 2 * last) * 500
    return Seen((2 * last - median) * 100_000 // median / 1_000, clip(short * ONE // (4 * usual)))


def _median(counts: list[int]) -> int:
    """Twice the median."""
    ranked, half = sorted(counts), len(counts) // 2
    return 2 * ranked[half] if len(counts) % 2 else ranked[half - 1] + ranked[half]


@moved_by(DAY_PASSED | ACTIVE_DAY)
def decline(account: Account, today: Day) -> Seen | None:
    """A slow, sustained fall of active days against the account's own past, and the silence since.

    Lower-sided Poisson CUSUM over up to 12 whole weeks that end with the last active day, oldest first: S = max(0, S +
    0.721 mu - x), with x the active days of the week and mu = (active days of earlier weeks + 1) / (earlier weeks +
    1), itself a mean of the account's own. 0.721 = (1 - 1/2) / ln 2: the reference between mu and half of it (Lucas
    1985). Each day since adds half of what was usual, mu / 14. u = ln(1 + S) / ln 13. Value: S in days. More silence
    never lowers it.
    """
    if account.fall is None:
        account.fall = _fall(account.active)
    short, usual = account.fall
    away = today - account.active.newest
    return _decline(short + (away - 1) * usual // 14 if away > 1 else short)


@remembered
def _decline(short: int) -> Seen:
    return Seen(short // 1_000 / 1_000, clip((ln(ONE + short) - _LN_ONE) * ONE // _LN_13))


def _fall(active: Days) -> tuple[int, int]:
    """S at the end of the last active day, and the mu of the weeks up to there, both in micro."""
    ends = active.newest + 1
    weeks = min(WEEKS, (ends - active.origin) // 7)
    days = active.mask >> (ends - 7 * weeks - active.origin)
    earlier = short = 0
    for passed in range(1, weeks + 1):
        x = (days & 0b1111111).bit_count()
        days >>= 7
        short += CUSUM_SHARE * (earlier + 1) // passed - x * ONE
        if short < 0:  # noqa: PLR1730 - max() is slow, and this is hot
            short = 0
        earlier += x
    return short, (earlier + 1) * ONE // (weeks + 1)


def _days_away(account: Account, today: Day) -> int:
    away = today - account.active.newest
    return away if away > 0 else 0  # noqa: FURB136 - max() is slow, and this is hot
