"""The inputs of scorecards: which events are watched, under which number, and what a signal reads of them.

A number means the same input for ever: versions of the scorecard append to the catalogue and take nothing out of it,
since accounts keep their tallies by number.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple, final

from schemas.activity import Event
from schemas.rules import MomentRule
from schemas.scorecard import Inputs, Scorecard, ValuePoint, Watched
from schemas.time import Day, Instant, day_of
from schemas.value import Value
from services.scoring.core.state import Account
from services.scoring.core.tally import NONE, Tally

Catalogue = tuple[Watched, ...]
SINGLE = tuple(meaning for meaning in Inputs.__struct_fields__ if meaning != "key_features")  # counted as one


def watched_by(scorecard: Scorecard) -> Iterator[Watched]:
    """What a scorecard and its variants need to have counted."""
    for card in scorecard.all_variants():
        yield from (of_names(names) for meaning in SINGLE if (names := getattr(card.inputs, meaning)))
        yield from (of_names([name]) for name in card.inputs.key_features)
        if card.moments:
            yield of_names(card.moments)
        yield from (of_names(point.events, point.times) for point in card.value_points)
        if card.winning_pattern is not None:
            yield from (of_names(one.events, one.times) for one in card.winning_pattern.all_of)
        yield from (of_names([name]) for name in _waited_for(card))


def _waited_for(card: Scorecard) -> Iterator[str]:
    """The events that begin or end a moment rule, each counted on its own."""
    for rule in card.rules:
        if isinstance(rule, MomentRule):
            yield from (*rule.events, *rule.ended_by)


def of_names(names: Iterable[str], first: int = 0) -> Watched:
    """The input that counts events of these names, in one form whatever their order."""
    return Watched(names=tuple(sorted({*names})), first=first)


def extended(catalogue: Catalogue, watched: Iterable[Watched]) -> Catalogue:
    """The catalogue with what it lacks at its end.

    >>> [one.names for one in extended(extended((), [of_names("ab")]), [of_names("c"), of_names("ba"), of_names("c")])]
    [('a', 'b'), ('c',)]
    """
    return tuple(dict.fromkeys((*catalogue, *watched)))


def catalogue_of(scorecards: Iterable[Scorecard]) -> Catalogue:
    """The catalogue after these versions of the scorecard, the oldest first."""
    return extended((), (watched for scorecard in scorecards for watched in watched_by(scorecard)))


class Watch:
    """Which inputs an event counts for."""

    __slots__ = ("_by_name", "catalogue", "names")  # hot: asked about every event

    def __init__(self, catalogue: Catalogue) -> None:
        """The watch of a catalogue."""
        self.catalogue = catalogue
        self.names = frozenset(name for watched in catalogue for name in watched.names)  # of events and features
        self._by_name: dict[str, tuple[int, ...]] = {}
        for number, watched in enumerate(catalogue):
            for name in watched.names:
                self._by_name[name] = (*self._by_name.get(name, ()), number)

    def __len__(self) -> int:
        """How many inputs there are."""
        return len(self.catalogue)

    def numbers(self, event: Event) -> tuple[int, ...]:
        """The inputs that an event counts for, by its name or by its feature, each once."""
        by_name = self._by_name.get(event.event_name, ())
        if event.feature is None or event.feature not in self._by_name:
            return by_name
        return tuple(dict.fromkeys((*by_name, *self._by_name[event.feature])))


@final
class Feed(Value, frozen=True):
    """One input as a signal reads it. `since`: the stream time from which it has been counted."""

    number: int
    since: Instant
    times: int = 1

    def tally(self, account: Account, first: Day) -> Tally | None:
        """What an account has done from a day on; None where it was not counted from then on."""
        number = self.number
        if number >= account.watched and first <= day_of(self.since):
            return None
        return account.tallies.get(number, NONE)

    def reached_on(self, account: Account) -> Day | None:
        """The day on which it had happened so many times; None while it has not."""
        first = account.tallies.get(self.number, NONE).first
        return first[self.times - 1] if len(first) >= self.times else None


class Feeds(Value, frozen=True):
    """The inputs of one card; None, or nothing, where the scorecard does not name any events."""

    friction: Feed | None = None
    key_features: tuple[Feed, ...] = ()
    ticket_opened: Feed | None = None
    ticket_closed: Feed | None = None
    feedback_negative: Feed | None = None
    feedback_positive: Feed | None = None
    payment_failed: Feed | None = None
    payment_succeeded: Feed | None = None
    moments: Feed | None = None
    value_points: tuple[tuple[ValuePoint, Feed], ...] = ()
    winning_pattern: tuple[Feed, ...] = ()
    events: Mapping[str, Feed] = MappingProxyType({})  # those that rules wait for, by name

    def counted_since(self, account: Account, needs: Iterable[str]) -> Instant | None:
        """From when on all of these are counted, where that is not from the account's first event on; else None."""
        feeds = [feed for need in needs for feed in self._of(need)]
        return max((feed.since for feed in feeds if feed.number >= account.watched), default=None)

    def _of(self, need: str) -> Iterable[Feed]:
        match need:
            case "value_points":
                return [feed for _, feed in self.value_points]
            case "key_features" | "winning_pattern":
                several: tuple[Feed, ...] = getattr(self, need)
                return several
            case _:
                feed: Feed | None = getattr(self, need)
                return () if feed is None else (feed,)


NO_FEEDS = Feeds()


class Since(NamedTuple):
    """A catalogue, and since when each of its inputs has been counted."""

    catalogue: Catalogue
    instants: tuple[Instant, ...]

    def extended(self, watched: Iterable[Watched], at: Instant) -> "Since":
        """With what it lacks, counted from `at` on."""
        catalogue = extended(self.catalogue, watched)
        return Since(catalogue, self.instants + (at,) * (len(catalogue) - len(self.catalogue)))

    def feed(self, names: Iterable[str], times: int = 0) -> Feed:
        """The feed of an input that is in the catalogue."""
        number = self.catalogue.index(of_names(names, times))
        return Feed(number, self.instants[number], times)

    def feeds(self, card: Scorecard) -> Feeds:
        """What the signals of a card read."""
        pattern = card.winning_pattern.all_of if card.winning_pattern else ()
        named = {meaning: getattr(card.inputs, meaning) for meaning in SINGLE} | {"moments": card.moments}
        return Feeds(
            **{meaning: self.feed(names) for meaning, names in named.items() if names},
            key_features=tuple(self.feed([name]) for name in card.inputs.key_features),
            value_points=tuple((point, self.feed(point.events, point.times)) for point in card.value_points),
            winning_pattern=tuple(self.feed(milestone.events, milestone.times) for milestone in pattern),
            events={name: self.feed([name]) for name in _waited_for(card)},
        )


NOTHING = Watch(())
