from itertools import chain

import pytest
from msgspec.structs import replace

from schemas.rules import LevelRule, MomentRule, SilenceRule
from schemas.time import DAY, HOUR
from services.scoring.backtest.alerts import caseload_of
from services.scoring.backtest.buckets import spread
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question
from services.scoring.backtest.rules import Lived, Opened, of_rules, opened
from tests.services.scoring.backtest.histories import CARD, EVENTS, day, noons, write_csv
from tests.services.scoring.backtest.test_leads import WEEKS, weekly

QUESTION = Question((), horizon=30 * DAY, active_within=28 * DAY, min_age=7 * DAY)
LEVEL = LevelRule(name="at risk", threshold=50)
MOMENT = MomentRule(name="opened it", events=("opened",))
SILENCE = SilenceRule(name="gone quiet")


def untold(_):
    """Nobody looks on."""


def found(tmp_path, events, rules, left=None):
    card = replace(CARD, rules=rules, moments=("opened",) if MOMENT in rules else ())
    history = spread(write_csv(tmp_path / "e.csv", events), EVENTS, tmp_path, untold)
    lived = Lived(card, QUESTION, left or {}, day(150))
    return lived, sorted(chain.from_iterable(opened(file, lived) for file in history.files))


def test_a_rule_opens_on_the_day_on_which_it_holds_and_once(tmp_path):
    """Recency gives 60 points at most and level 40: seven events a week are worth about 18, two weeks' silence 36."""
    _, told = found(tmp_path, {"acme": noons(range(60)), "beta": noons(range(150))}, (LEVEL,))
    assert [one[:2] for one in told] == [("at risk", "acme")]
    assert day(65) < told[0].at < day(75)


def test_silence_opens_half_an_hour_past_the_deadline_though_nothing_happens(tmp_path):
    _, told = found(tmp_path, {"acme": noons(range(60))}, (SILENCE,))
    assert [one[:2] for one in told] == [("gone quiet", "acme")]
    assert (told[0].at - day(59) - 12 * HOUR) % DAY != 0  # at an instant of its own, not at a look
    assert day(60) < told[0].at < day(70)


def test_a_moment_opens_at_its_event(tmp_path):
    _, told = found(tmp_path, {"acme": noons([0, 20, 50])}, (MOMENT,))
    assert told == [Opened("opened it", "acme", noons([20])[0]), Opened("opened it", "acme", noons([50])[0])]


def test_nothing_opens_for_who_has_left_or_whom_the_question_is_not_about(tmp_path):
    assert found(tmp_path, {"acme": noons(range(60))}, (LEVEL,), {"acme": day(62)})[1] == []
    assert found(tmp_path, {"acme": noons([0, 5])}, (MOMENT,))[1] == []


def test_a_rule_is_right_where_a_churn_follows_within_the_horizon(tmp_path):
    events = {"left": noons(range(60)), "came back": noons([*range(60), *range(85, 150)])}
    outcomes = Outcomes({"left": day(80)}, {}, frozenset(events))
    lived, told = found(tmp_path, events, (LEVEL, SILENCE), {"left": day(80)})
    caseload = caseload_of(weekly(**dict.fromkeys(events, "h" * 19)), WEEKS, QUESTION, outcomes, day(150))
    by_name = {rule.rule: rule for rule in of_rules(told, lived, outcomes, caseload)}
    assert list(by_name) == ["at risk", "gone quiet"]
    assert (by_name["at risk"].opened, by_name["at risk"].known) == (2, 2)
    assert by_name["at risk"].precision.value == pytest.approx(0.5)
    assert 0 < by_name["at risk"].by_chance < 0.5
