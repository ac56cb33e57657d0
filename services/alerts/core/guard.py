"""The fleet guard: when what everybody sends falls together, it is the tracking that broke, and not the customers.

Counts of events are compared with their own past: with the hour before, and where there is such a past with the same
hour of yesterday and of a week ago, whichever was least. The more comes, the sooner a fall is certain.

    count  ▆▅▆▆▅▆▅▆▆▅▆▆▅▆▅▆▆▅▆▁▁▁
                 └─ an hour ─┘└W┘now      W is the shortest window in which enough was to be expected

What an incident took away is neither usual nor a fall: windows that reach into one that is over are not looked at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from schemas.detection import BUCKET, QUICKEST, window_within
from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant

FINE: Final = BUCKET  # the width of a bucket of the last hour and a half
COARSE: Final = HOUR  # and of the weeks before
SLOWEST: Final = 1_780 * SECOND  # a fall in it is known within half an hour, as long as a silence waits by default
KEPT_FINE: Final = 100 * MINUTE
KEPT_COARSE: Final = 15 * DAY
WINDOWS: Final = (QUICKEST, *(seconds * SECOND for seconds in (15, 20, 30, 60, 120, 300, 600)), SLOWEST)
USUAL: Final = 300 * SECOND  # what is over sooner is no incident, unless a silence rule would speak by then
BEFORE: Final = HOUR  # how far back "just before" goes
LEAST_WINDOWS: Final = 2  # of it there must be, to know what is usual
LEAST_BEFORE: Final = 2 * MINUTE  # and as much time
CERTAIN: Final = 30  # events to be expected: by chance none of thirty, or three, does not happen
FALLEN: Final = 0.1  # of what was to be expected, or less
STEADY: Final = 0.25  # what comes in bursts is looked at in a window in which it never fell below this
BACK: Final = 0.5

Span = tuple[Instant, Instant]  # [opens, closes)


@dataclass(frozen=True, slots=True)
class Fall:
    """What fell: a source, an event name of it, or (neither) everything; by its own past so many were expected."""

    source: str | None
    event_name: str | None
    since: Instant
    expected: float
    observed: int
    rate: float  # events a second before


@dataclass(slots=True)
class Line:
    """Counts in buckets, by the instant at which each opens."""

    fine: dict[Instant, int] = field(default_factory=dict)
    coarse: dict[Instant, int] = field(default_factory=dict)
    gaps: list[Span] = field(default_factory=list)  # incidents that are over, between bounds of buckets
    begins: Instant | None = None

    def add(self, opens: Instant, events: int) -> None:
        """Count events of a fine bucket."""
        self.fine[opens] = self.fine.get(opens, 0) + events
        hour = opens - opens % COARSE
        self.coarse[hour] = self.coarse.get(hour, 0) + events
        self.begins = opens if self.begins is None else min(self.begins, opens)

    def remember(self, span: Instant, opens: Instant, events: int) -> None:
        """Take back a bucket that was counted before."""
        buckets = self.fine if span == FINE else self.coarse
        buckets[opens] = buckets.get(opens, 0) + events
        self.begins = opens if self.begins is None else min(self.begins, opens)

    def trim(self, now: Instant) -> None:
        """Forget what is not looked at any more."""
        for buckets, kept in ((self.fine, KEPT_FINE), (self.coarse, KEPT_COARSE)):
            for opens in [opens for opens in buckets if opens < now - kept]:
                del buckets[opens]
        self.gaps = [gap for gap in self.gaps if gap[1] >= now - KEPT_FINE]

    def count(self, span: Span) -> int:
        """Events of the last hour and a half, in a span between bounds of buckets."""
        return sum(self.fine.get(opens, 0) for opens in range(span[0], span[1], FINE))

    def is_whole(self, span: Span) -> bool:
        """Whether no gap reaches into a span."""
        return all(closes <= span[0] or span[1] <= opens for opens, closes in self.gaps)

    def whole(self, span: Span) -> list[Instant]:
        """The fine buckets of a span that no gap reaches into, by the instants at which they open."""
        return [opens for opens in range(span[0], span[1], FINE) if self.is_whole((opens, opens + FINE))]


@dataclass(slots=True)
class Guard:
    """The lines of every (source, event name), of every source, and of everything."""

    quickest: Instant  # no shorter window is looked at
    lines: dict[tuple[str | None, str | None], Line] = field(default_factory=dict)

    def add(self, source: str, event_name: str, opens: Instant, events: int) -> None:
        """Count events of a fine bucket."""
        for key in ((source, event_name), (source, None), (None, None)):
            self.lines.setdefault(key, Line()).add(opens, events)

    def remember(self, source: str, event_name: str, span: Instant, opens: Instant, events: int) -> None:
        """Take back a bucket that was counted before, fine or coarse, as its span says."""
        for key in ((source, event_name), (source, None), (None, None)):
            self.lines.setdefault(key, Line()).remember(span, opens, events)

    def miss(self, source: str | None, event_name: str | None, since: Instant, ended_at: Instant) -> None:
        """An incident is over: what came meanwhile of what it was about says nothing."""
        gap = since - since % FINE, ended_at - ended_at % FINE
        for (of, name), line in self.lines.items():
            if source in (None, of) and event_name in (None, name):
                line.gaps.append(gap)

    def trim(self, now: Instant) -> None:
        """Forget what is not looked at any more, and what has not been heard of for weeks."""
        for key, line in list(self.lines.items()):
            line.trim(now)
            if not line.coarse:
                del self.lines[key]

    def falls(self, now: Instant, known: Iterable[tuple[str | None, str | None]]) -> list[Fall]:
        """What has fallen by `now` and is not known to have: everything, or sources, or names of sources that did not.

        Below what is known already nothing is said again.
        """
        told = set(known)
        if (None, None) in told or (None, None) not in self.lines:
            return []
        end = now - now % FINE
        sources = {key[0]: self._fall(key, end) for key in self.lines if key[0] is not None and key[1] is None}
        everything = self._fall((None, None), end)
        if everything is not None and len(sources) > 1 and self._all_fell(sources, end):
            return [everything]
        found = [fall for source, fall in sources.items() if fall is not None and (source, None) not in told]
        well = {source for source, fall in sources.items() if fall is None and (source, None) not in told}
        names = [key for key in self.lines if key[0] in well and key[1] is not None and key not in told]
        return found + [fall for key in names if (fall := self._fall(key, end)) is not None]

    def is_back(self, source: str | None, event_name: str | None, rate: float, now: Instant) -> bool:
        """Whether what fell comes again, at half of what its past at this hour lets one expect."""
        line = self.lines.get((source, event_name))
        if line is None:
            return False
        end = now - now % FINE
        usual = min([rate, *_of_other_days(line, end)])
        for window in WINDOWS:
            if window < self.quickest or usual * window / SECOND < CERTAIN:
                continue
            return line.count((end - window, end)) >= BACK * usual * window / SECOND
        return line.count((end - WINDOWS[-1], end)) > 0  # so little comes at this hour that anything is a sign

    def _all_fell(self, sources: Mapping[str, Fall | None], end: Instant) -> bool:
        """Whether each source fell, or is too small to tell and sent nothing in as long."""
        recent = (end - max(self.quickest, WINDOWS[0]), end)
        return all(fall is not None or self.lines[source, None].count(recent) == 0 for source, fall in sources.items())

    def _fall(self, key: tuple[str | None, str | None], end: Instant) -> Fall | None:
        line = self.lines[key]
        for window in WINDOWS:
            if window < self.quickest:
                continue
            rate = _usual(line, end, window) if line.is_whole((end - window, end)) else None
            if rate is None or rate * window / SECOND < CERTAIN or not _is_steady(line, end, window, rate):
                continue
            expected, observed = rate * window / SECOND, line.count((end - window, end))
            if observed > FALLEN * expected:
                return None
            return Fall(*key, _since(line, end, window, rate), expected, observed, rate)
        return None


def quickest_for(wished: Instant | None, shortest_silence: Instant | None) -> Instant:
    """The shortest window to look at: as wished, but in time before the hastiest silence rule speaks.

    >>> quickest_for(None, None), quickest_for(None, 30 * SECOND), quickest_for(None, 30 * MINUTE)
    (300000, 10000, 300000)
    """
    usual = USUAL if wished is None else wished
    return usual if shortest_silence is None else max(QUICKEST, min(usual, window_within(shortest_silence)))


def _usual(line: Line, end: Instant, window: Instant) -> float | None:
    """Events a second that the past lets one expect; None where there is too little of it."""
    begins = end if line.begins is None else line.begins
    opens = max(begins, end - window - BEFORE)
    buckets = line.whole((opens, end - window))
    length = len(buckets) * FINE
    if length < max(LEAST_WINDOWS * window, LEAST_BEFORE):
        return None
    before = sum(line.fine.get(bucket, 0) for bucket in buckets) * SECOND / length
    return min([before, *_of_other_days(line, end)])


def _of_other_days(line: Line, end: Instant) -> list[float]:
    """Events a second in this hour of yesterday and of a week ago, where the line goes back so far."""
    hour = end - end % COARSE
    return [
        line.coarse.get(hour - ago, 0) * SECOND / COARSE
        for ago in (DAY, 7 * DAY)
        if line.begins is not None and line.begins <= hour - ago
    ]


def _is_steady(line: Line, end: Instant, window: Instant, rate: float) -> bool:
    """Whether in no window just before so little came that a fall could be chance."""
    begins = end if line.begins is None else line.begins
    least = STEADY * rate * window / SECOND
    closes = end - window
    while closes - window >= max(begins, end - window - BEFORE):
        span = closes - window, closes
        if line.count(span) < least and line.is_whole(span):
            return False
        closes -= window
    return True


def _since(line: Line, end: Instant, window: Instant, rate: float) -> Instant:
    """The end of the last bucket in which at least half of the usual came."""
    usual = rate * FINE / SECOND
    for opens in range(end - FINE, end - 2 * window - FINE, -FINE):
        if line.fine.get(opens, 0) >= max(1.0, usual / 2):
            return opens + FINE
    return end - window
