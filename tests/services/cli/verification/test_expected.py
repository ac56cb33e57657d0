from schemas.changes import ScoreChange
from schemas.conditions import Condition
from schemas.rules import LevelRule
from schemas.time import DAY
from services.cli.verification.expected import Expected
from services.scoring.core.partition import Gone, Unusable
from tests.services.scoring.core.folds import fold
from tests.services.scoring.core.records import DAY_0, LOG, event, log_of, publication, tick

HIGH = LevelRule(name="high", threshold=60, clear=50)
LEFT = log_of(
    LOG,
    publication(1, {"recency": 100}, rules=(HIGH,)),
    event(DAY_0, "1", account_id="acme"),
    event(DAY_0, "2", account_id="blue"),
    tick(DAY_0 + 30 * DAY),
)
TOLD = [told for told in fold(LEFT).outputs if not isinstance(told, Unusable | Gone)]


def expected_of(*told: ScoreChange | Condition | Gone) -> Expected:
    expected = Expected()
    for one in told:
        expected.take(one)
    return expected


def ids(kind: type[ScoreChange | Condition], *, but: str = "") -> set[str]:
    return {one.id for one in TOLD if isinstance(one, kind) and one.account_id != but}


def test_every_change_and_condition_is_expected_once():
    expected = expected_of(*TOLD, *TOLD)
    assert (set(expected.changes), set(expected.conditions)) == (ids(ScoreChange), ids(Condition))
    assert expected.heard == expected.conditions
    assert expected.accounts == 2


def test_of_who_is_gone_nothing_is_served_and_the_conditions_stay_in_their_topic():
    expected = expected_of(*TOLD, Gone("acme"))
    of_others = ids(ScoreChange, but="acme"), ids(Condition, but="acme")
    assert (set(expected.changes), set(expected.heard)) == of_others
    assert (set(expected.conditions), all(of_others)) == (ids(Condition), True)
    assert expected.accounts == 1


def test_who_comes_back_is_expected_again():
    assert expected_of(*TOLD, Gone("acme"), *TOLD).heard == expected_of(*TOLD).heard
