import numpy as np

from services.scoring.backtest.leads import NotGreen, leads
from services.scoring.backtest.looks import BANDS, Asked, Looked, Weekly
from tests.services.scoring.backtest.histories import day

WEEKS = tuple(day(7 * n) for n in range(1, 20))


def weekly(**bands):
    """Accounts by what they were on days 7, 14, ...: h, w, a or ? for each."""
    letters = {"?": 0, "h": 1, "w": 2, "a": 3}
    rows = [
        (number, week, letters[letter])
        for number, text in enumerate(bands.values())
        for week, letter in enumerate(text)
    ]
    account, week, band = (np.array(column) for column in zip(*rows, strict=True))
    columns = Weekly(
        account.astype(np.int32),
        week.astype(np.int16),
        np.zeros(len(rows), np.int64),
        np.zeros((len(rows), 1), np.int32),
        band.astype(np.int8).reshape(-1, 1),
    )
    asked = Asked(
        account=np.zeros(0, np.int32),
        date=np.zeros(0, np.int16),
        churns=np.zeros(0, np.bool_),
        silence=np.zeros(0, np.int64),
        events=np.zeros(0, np.int32),
        score=np.zeros((0, 1), np.int32),
        band=np.zeros((0, 1), np.int8),
    )
    return Looked(tuple(bands), asked, columns, ())


def test_who_was_not_green_before_the_churn_and_for_how_long():
    """The churn is on day 100: 30 days before it the last look was on day 70 (the tenth letter).

    acme left green on day 63 for good; beta never did; cecil came and went, and left on day 98.
    """
    found = leads(
        weekly(acme="hhhhhhhhwwaaaa", beta="hhhhhhhhhhhhhh", cecil="?wwwwhhhhhhhhw", stays="aaaaaaaaaaaaaa"),
        0,
        WEEKS,
        dict.fromkeys(("acme", "beta", "cecil", "never_seen"), day(100)),
    )
    assert found.not_green == (NotGreen(30, 3, 1 / 3), NotGreen(60, 3, 1 / 3), NotGreen(90, 2, 0.0))
    assert (found.churned, found.left_green, found.median_days) == (3, 2, (37 + 2) / 2)


def test_without_a_churn_there_is_nothing_to_say():
    found = leads(weekly(acme="hhaa"), 0, WEEKS, {})
    assert (found.churned, found.median_days) == (0, None)
    assert all(before.accounts == 0 for before in found.not_green)
    assert BANDS == ("unknown", "healthy", "watch", "at_risk")
