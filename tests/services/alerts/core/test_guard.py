"""What falls together is the tracking. Lines are drawn as a rate for each minute; each minute has twelve buckets."""

from itertools import chain, repeat

import pytest

from schemas.time import DAY, HOUR, MINUTE, SECOND
from services.alerts.core.guard import COARSE, FINE, KEPT_COARSE, Guard, Line

NOON = 20_000 * DAY + 12 * HOUR


def guarded(quickest: int = 10 * SECOND, **sources: list[int]) -> Guard:
    """A guard that has heard of `source__event` so many events a minute, the last minute ending at noon."""
    guard = Guard(quickest)
    for name, minutes in sources.items():
        source, _, event = name.partition("__")
        for number, events in enumerate(reversed(minutes), start=1):
            for bucket in range(12):
                share = events // 12 + (bucket < events % 12)
                if share:
                    guard.add(source, event or "login", NOON - number * MINUTE + bucket * FINE, share)
    return guard


def falls(guard: Guard, now: int = NOON, known=()):
    return [(fall.source, fall.event_name) for fall in guard.falls(now, known)]


def steady(rate: int, minutes: int = 60) -> list[int]:
    return [rate] * minutes


def test_a_steady_feed_has_not_fallen():
    assert falls(guarded(web=steady(240))) == []


def test_the_whole_feed_of_two_sources_is_one_fall():
    assert falls(guarded(web=[*steady(240), 0], app=[*steady(60), 0])) == [(None, None)]


def test_one_source_of_three_is_named():
    guard = guarded(web=[*steady(240), 0], app=steady(240, 61), crm=steady(240, 61))

    assert falls(guard) == [("web", None)]


def test_a_source_that_brings_nearly_everything_is_named_while_the_others_send():
    assert falls(guarded(web=[*steady(2_400), 0], app=steady(24, 61))) == [("web", None)]


def test_the_only_source_is_named():
    assert falls(guarded(web=[*steady(240), 0])) == [("web", None)]


def test_one_event_name_of_a_source_is_named():
    assert falls(guarded(web__login=[*steady(240), 0], web__export=steady(240, 61))) == [("web", "login")]


def test_a_fall_says_since_when_and_what_was_to_be_expected():
    (fall,) = guarded(web=[*steady(240), 0]).falls(NOON, ())

    assert (fall.since, fall.expected, fall.observed, fall.rate) == (NOON - MINUTE, 240.0, 0, 4.0)


def test_what_is_known_to_have_fallen_is_not_said_again():
    guard = guarded(web=[*steady(240), 0], app=steady(240, 61))

    assert falls(guard, known=[("web", None)]) == []
    assert falls(guard, known=[(None, None)]) == []


def test_a_tenth_is_a_fall_and_a_fifth_is_not():
    assert falls(guarded(quickest=MINUTE, web=[*steady(600), 60])) == [("web", None)]
    assert falls(guarded(quickest=MINUTE, web=[*steady(600), 120])) == []


def test_few_events_need_a_longer_window():
    few = guarded(web=[*steady(2, 60), *steady(0, 10)])
    assert falls(few) == []

    longer = guarded(web=[*steady(2, 90), *steady(0, 30)])
    assert falls(longer) == [("web", None)]


def test_a_young_feed_is_not_judged():
    assert falls(guarded(web=[240, 0])) == []


def test_no_window_shorter_than_the_quickest_is_looked_at():
    assert falls(guarded(quickest=5 * MINUTE, web=[*steady(240), 0])) == []
    assert falls(guarded(quickest=5 * MINUTE, web=[*steady(240), *steady(0, 5)])) == [("web", None)]


def test_what_comes_in_bursts_is_looked_at_in_a_window_in_which_it_is_steady():
    bursts = list(chain.from_iterable(repeat((600, 0), 30)))

    assert falls(guarded(web=bursts)) == []  # the last minute is a pause between bursts, as usual
    assert falls(guarded(web=[*bursts, 0, 0, 0, 0, 0])) == [("web", None)]


def test_the_same_hour_of_yesterday_being_quiet_makes_quiet_usual():
    guard = guarded(web=[*steady(240), 0])
    for line in guard.lines.values():
        line.begins = NOON - 2 * DAY  # it was there, and nothing came at noon

    assert falls(guard) == []


def test_what_came_yesterday_at_this_hour_is_expected_today():
    guard = guarded(web=[*steady(240), 0])
    guard.add("web", "login", NOON - DAY, 4 * 3_600)

    assert falls(guard) == [("web", None)]


@pytest.mark.parametrize(("rate", "is_back"), [(0, False), (60, False), (130, True), (240, True)])
def test_it_is_back_at_half_of_what_was_usual(rate, is_back):
    guard = guarded(quickest=MINUTE, web=[*steady(240), *steady(0, 5), rate])

    assert guard.is_back("web", None, 4.0, NOON) is is_back


def test_it_is_back_with_anything_at_an_hour_at_which_little_comes():
    guard = guarded(web=[*steady(0, 30), 1])
    assert guard.is_back("web", None, 0.001, NOON)
    assert not guard.is_back("app", None, 0.001, NOON)


def test_what_is_old_is_forgotten():
    guard = guarded(web=steady(240))
    guard.trim(NOON + KEPT_COARSE - HOUR)
    assert [(line.fine, len(line.coarse)) for line in guard.lines.values()] == [({}, 1)] * 3

    guard.trim(NOON + KEPT_COARSE + COARSE)
    assert guard.lines == {}
    assert falls(guard) == []


def test_what_is_remembered_is_what_was_counted():
    counted = guarded(web=[*steady(240), 0], app=steady(240, 61))
    again = Guard(counted.quickest)
    for (source, event_name), line in counted.lines.items():
        if source is not None and event_name is not None:
            for span, buckets in ((FINE, line.fine), (COARSE, line.coarse)):
                for opens, events in buckets.items():
                    again.remember(source, event_name, span, opens, events)

    assert falls(again) == falls(counted) == [("web", None)]
    assert {key: (line.fine, line.coarse) for key, line in again.lines.items()} == {
        key: (line.fine, line.coarse) for key, line in counted.lines.items()
    }


def test_a_fall_within_a_tenth_goes_back_to_where_the_usual_ended():
    (fall,) = guarded(quickest=MINUTE, web=[*steady(600), 60]).falls(NOON, ())
    assert (fall.since, fall.observed) == (NOON - MINUTE, 60)


def test_a_fall_that_was_slow_is_said_to_have_begun_with_the_window():
    (fall,) = guarded(quickest=MINUTE, web=[*steady(600), 180, 0]).falls(NOON, ())
    assert fall.since == NOON - MINUTE


def test_a_line_counts_in_spans_that_close_before_their_end():
    line = Line()
    line.add(NOON, 3)
    line.add(NOON + FINE, 4)

    assert line.count((NOON, NOON + FINE)) == 3


#   4/s  ▆▆▆▆▆▆▆▆▆▆▁▁▁▁▆▆        all is back for a few seconds: minutes in which little came are no fall of a source
@pytest.mark.parametrize("after", range(0, 180, 5))
def test_when_everything_is_back_no_source_of_it_has_fallen(after: int):
    """Stopping everything was one incident, and one more for each source as soon as it was over."""
    guard = guarded(web=[*steady(240), 0, 0, *steady(240, 4)], app=[*steady(240), 0, 0, *steady(240, 4)])
    back = NOON - 4 * MINUTE
    guard.miss(None, None, back - 2 * MINUTE, back + 5 * SECOND)

    assert falls(guard, back + 5 * SECOND + after * SECOND) == []


@pytest.mark.parametrize("source", [None, "web"], ids=["everything was", "it alone was"])
def test_what_is_gone_again_right_after_an_incident_has_fallen_again(source: str | None):
    guard = guarded(web=[*steady(240), 0, 240, 0], app=[*steady(240), 0 if source is None else 240, 240, 240])
    guard.miss(source, None, NOON - 3 * MINUTE, NOON - 2 * MINUTE + 10 * SECOND)

    assert falls(guard, NOON - 40 * SECOND) == [("web", None)]


def test_a_source_that_is_not_back_with_the_others_is_named():
    guard = guarded(web=[*steady(240), 0, 0], app=[*steady(240), 0, 240])
    guard.miss(None, None, NOON - 2 * MINUTE, NOON - MINUTE + 10 * SECOND)

    assert falls(guard, NOON - 50 * SECOND) == []
    assert falls(guard, NOON - 40 * SECOND) == [("web", None)]


def test_an_incident_is_forgotten_with_what_came_meanwhile():
    guard = guarded(web=steady(240))
    guard.miss("web", None, NOON - 2 * MINUTE, NOON - MINUTE)
    guard.trim(NOON + HOUR + 50 * MINUTE)

    assert guard.lines["web", None].gaps == []
