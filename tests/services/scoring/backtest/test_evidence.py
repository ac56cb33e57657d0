"""What a fit learns from, on a history in which it is known what matters."""

import numpy as np
import pytest

from schemas.time import DAY, iso
from services.scoring.backtest.backtest import Wish
from services.scoring.backtest.evidence import evidence
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question
from services.scoring.backtest.refused import QuestionRefused
from services.scoring.backtest.telling import NOTHING_TOLD, Telling
from tests.services.scoring.backtest.histories import CARD, EVENTS, day, noons

QUESTION = Question((day(40), day(80)), horizon=30 * DAY)
STAYERS, LEAVERS = range(120), range(120, 180)


def untold(_):
    """Nobody looks on."""


def begins(number):
    """Accounts begin on different days."""
    return number % 10


def lines(number):
    """Everybody opens something every other day; a third of it is a message, or for those who leave an advert."""
    kind = "advert" if number in LEAVERS else "message"
    for place, at in enumerate(noons(range(begins(number), 100, 2))):
        name = kind if (place + number) % 3 == 0 else "opened"
        yield f"a{number},u1,{name},,{iso(at)}"


@pytest.fixture(scope="module")
def wish(tmp_path_factory):
    path = tmp_path_factory.mktemp("told") / "events.csv"
    rows = [line for number in (*STAYERS, *LEAVERS) for line in lines(number)]
    path.write_text("\n".join(["account_id,user_id,event_name,feature,timestamp", *rows]) + "\n")
    churned = {f"a{number}": day(60 if number % 2 else 100.5) for number in LEAVERS}
    churned |= {"a0": day(60), "a1": day(100.5)}
    known = frozenset(f"a{number}" for number in (*STAYERS, *LEAVERS))
    return Wish("told", path, EVENTS, Outcomes(churned, {}, known), QUESTION, {})


@pytest.fixture(scope="module")
def found(wish):
    return evidence(wish, CARD, day(75), untold)


def test_what_was_known_by_then_tells_which_events_matter_and_the_offer_names_them(found):
    assert found.told == Telling(key_features=("message",), friction=("advert",))
    assert {"key_level", "friction"} <= {weighted.signal for weighted in found.offer.signals}


def test_the_plain_figures_stand_beside_the_units_of_the_same_account_and_date(found):
    rows = found.rows
    ages = np.expm1(rows.six[:, 5])
    first = rows.at / DAY - ages
    for account in np.unique(rows.account):
        assert np.ptp(first[rows.account == account]) < 1e-6
    assert len(set(np.round(first, 3).tolist())) == 10
    recency, silent = rows.units[:, 0], np.expm1(rows.six[:, 0])
    assert np.log1p(np.ceil(silent)) / np.log(91) == pytest.approx(recency, abs=1e-5)


def test_the_card_is_what_its_signals_come_to(found):
    rows = found.rows
    assert rows.card == pytest.approx(rows.units[:, :2] @ np.array([60, 40]))


def test_a_churn_is_ahead_by_what_is_left_to_it(found):
    rows = found.rows
    assert set((rows.ahead[rows.churns] / DAY).tolist()) == {20.0, 20.5}
    assert rows.known_at(day(75)).churns.sum() == 31
    assert rows.since(day(75)).churns.sum() == 31


def test_asked_not_to_listen_no_event_tells_anything(wish):
    assert evidence(wish, CARD, None, untold).told == NOTHING_TOLD


def test_outcomes_of_other_accounts_are_refused(wish, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(f"account_id,user_id,event_name,feature,timestamp\nb,u,opened,,{iso(day(1))}\n")
    other = Wish("other", path, EVENTS, wish.outcomes, QUESTION, {})
    with pytest.raises(QuestionRefused, match="are these the same ids"):
        evidence(other, CARD, day(75), untold)
