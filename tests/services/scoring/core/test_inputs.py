from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from schemas.activity import Activity, Event
from schemas.scorecard import Inputs, Variant, Weighted, When
from schemas.time import DAY, moment_of
from services.scoring.core.card import card_of
from services.scoring.core.inputs import Feeds, Since, Watch, catalogue_of, extended, of_names, watched_by
from services.scoring.core.state import Account, new_account
from services.scoring.core.step import observe
from services.scoring.core.tally import Tally
from services.scoring.core.windows import RING_DAYS
from tests.services.scoring.core import records
from tests.services.scoring.core.folds import accounts_of, fold
from tests.services.scoring.core.records import DAY_0, event, log_of, publication, scorecard, tick

ROUGH = Inputs(friction=("error_shown",))
FRICTION = {"friction": 10, "recency": 10}


def test_a_catalogue_has_every_input_of_a_scorecard_and_of_its_variants_once():
    variant = Variant(name="v", when=When(segments=("s",)), inputs=Inputs(friction=("late",), key_features=("a", "b")))
    card = scorecard(
        moments=("gone",),
        inputs=ROUGH,
        value_points=records.POINTS,
        winning_pattern=records.PATTERN,
        variants=(variant,),
    )
    assert tuple(dict.fromkeys(watched_by(card))) == (
        of_names(["error_shown"]),
        of_names(["gone"]),
        of_names(["chart"], 1),
        of_names(["invite"], 3),
        of_names(["chart", "share"], 2),
        of_names(["late"]),
        of_names(["a"]),
        of_names(["b"]),
    )


def test_versions_append_to_the_catalogue_and_take_nothing_out():
    first, second = scorecard(moments=("b", "a")), scorecard(inputs=ROUGH)
    assert catalogue_of([first]) == (of_names(["a", "b"]),)
    assert catalogue_of([first, second]) == (of_names(["a", "b"]), of_names(["error_shown"]))
    assert catalogue_of([first, second, first]) == catalogue_of([first, second])


def test_an_event_counts_by_its_name_and_by_its_feature_and_once():
    watch = Watch(extended((), [of_names(["a", "b"]), of_names(["b"]), of_names(["c"])]))

    def numbers(name: str, feature: str | None) -> tuple[int, ...]:
        return watch.numbers(event(DAY_0, "1", event_name=name, feature=feature))

    assert (numbers("x", None), numbers("a", None), numbers("b", "x"), numbers("x", "c")) == ((), (0,), (0, 1), (2,))
    assert (numbers("a", "b"), len(watch)) == ((0, 1), 3)


def days(draws: list[int]) -> list[tuple[int, int]]:
    """Days and instants on them, all different."""
    return [(day, day * DAY + place) for place, day in enumerate(draws)]


@given(st.lists(st.integers(0, 300), max_size=60), st.randoms(use_true_random=False), st.integers(0, 5))
def test_a_tally_is_the_same_in_whatever_order_and_knows_what_it_says(draws, random, keep):
    one, other = Tally(), Tally()
    for day, at in days(draws):
        one.add(day, at, keep)
    shuffled = days(draws)
    random.shuffle(shuffled)
    for day, at in shuffled:
        other.add(day, at, keep)
    assert (one.total, one.last_at, one.first, one.days) == (other.total, other.last_at, other.first, other.days)
    newest = max(draws, default=0)
    recent = [day for day in draws if day > newest - RING_DAYS]
    assert (one.total, one.first) == (len(draws), sorted(draws)[:keep])
    assert one.days == {day: recent.count(day) for day in recent}
    assert one.last_at == max((at for _, at in days(draws)), default=0)
    assert one.count(newest - 10, newest - 1) == sum(newest - 10 <= day < newest for day in draws)
    assert len(one.days) <= RING_DAYS


def friction_of(*log) -> list[float | None]:
    """The value of friction in every change."""
    changes = fold(log_of(*log)).changes
    return [one.value for change in changes for one in change.contributions if one.signal == "friction"]


def rough(day: int, message_id: str) -> Event:
    return event(DAY_0 + day * DAY, message_id, event_name="error_shown")


#   v1: no friction        v2: friction               84 days later
#   ----|-----x------------|xxxxxxxxxxxxxxxxxxxxxxxxxx|xxxxxxxxxxxx
#       account begins     counted from here on       known from here on
def test_an_input_that_was_not_counted_before_abstains_until_its_window_has_passed():
    first, second = publication(1, FRICTION), publication(2, FRICTION, inputs=ROUGH)
    lived: list[list[Activity]] = [[rough(day, str(day)), tick(DAY_0 + day * DAY)] for day in range(20, 120)]
    log: list[Activity] = [
        records.LOG,
        first,
        rough(0, "0"),
        tick(DAY_0 + 20 * DAY - 1),
        second,
        *chain.from_iterable(lived),
    ]
    changes = fold(log_of(*log)).changes
    known = [change.at for change in changes for one in change.contributions if one.signal == "friction" and one.value]
    assert (min(known) - changes[0].at).days in (84, 85)
    since = {one.counted_since for change in changes for one in change.contributions if one.value is None}
    assert since == {None, moment_of(DAY_0 + 20 * DAY - 1)}  # None: before it was published
    confidence = {change.confidence for change in changes if change.at < min(known)}
    assert confidence == {0.5}


def test_an_account_that_begins_after_the_publication_is_known_at_once():
    second = publication(2, FRICTION, inputs=ROUGH, minimum_age_days=0)
    log = [records.LOG, publication(1, FRICTION), tick(DAY_0), second, rough(0, "1"), tick(DAY_0 + 1)]
    assert friction_of(*log) == [1.0]


def test_history_brought_in_after_the_publication_is_counted():
    published = publication(1, FRICTION, inputs=ROUGH)
    rows = [
        records.backfill(DAY_0 - 20 * DAY, 1, event_name="error_shown"),
        records.backfill(DAY_0 - 10 * DAY, 2, event_name="error_shown"),
    ]
    assert friction_of(records.LOG, tick(DAY_0), published, *rows, records.import_end(DAY_0)) == [2.0]


def test_a_signal_without_its_inputs_abstains():
    for name in records.MORE_SIGNALS:
        account = new_account("acme")
        observe(account, event(DAY_0, "1"))
        (_, function, _), *_ = records.card({name: 1}).signals
        assert function(account, DAY_0) is None or name in ("intensity", "contact_distance", "renewal_distance"), name


def counted(*log) -> tuple[Account, Since]:
    partition = fold(log_of(*log)).partition
    (account,) = accounts_of(partition)
    return account, partition._book.in_force.since


def test_a_milestone_reached_before_it_was_counted_is_not_known_until_it_is_reached():
    points = {"value_points": 1, "winning_pattern": 1, "recency": 1}
    with_points = publication(2, points, value_points=records.POINTS, winning_pattern=records.PATTERN)
    before = [records.LOG, publication(1, points), event(DAY_0, "0"), tick(DAY_0 + DAY), with_points]
    account, since = counted(*before)
    card = with_points.scorecard
    feeds: Feeds = since.feeds(card)
    functions = {name: function for name, function, _ in card_of(card, 2, "", feeds).signals}
    later = DAY_0 + 100 * DAY
    assert (functions["value_points"](account, later), functions["winning_pattern"](account, later)) == (None, None)
    account, _ = counted(*before, event(DAY_0 + 2 * DAY, "1", event_name="chart"))
    reached = functions["value_points"](account, later)
    assert reached is not None
    assert (reached.value, functions["winning_pattern"](account, later)) == (0, None)


def test_variants_may_read_other_inputs():
    variant = Variant(
        name="v",
        when=When(segments=("s",)),
        inputs=Inputs(friction=("slow",)),
        signals=(Weighted(signal="friction", points=1),),
    )
    log = [
        records.LOG,
        publication(1, FRICTION, inputs=ROUGH, variants=(variant,), minimum_age_days=0),
        rough(0, "1"),
        event(DAY_0, "2", event_name="slow"),
        event(DAY_0, "3", event_name="slow"),
        tick(DAY_0 + 1),
        records.facts(DAY_0, segment="s"),
        tick(DAY_0 + 2),
    ]
    assert friction_of(*log) == [1.0, 2.0]
