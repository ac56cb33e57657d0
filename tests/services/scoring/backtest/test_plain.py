"""What is counted first of the accounts asked about, on a history small enough to count by hand."""

import numpy as np
import pytest

from schemas.time import DAY, iso
from services.scoring.backtest.buckets import spread
from services.scoring.backtest.plain import Asking, plain, together
from services.scoring.backtest.question import Question
from tests.services.scoring.backtest.histories import EVENTS, day

ASKING = Asking(Question((day(60),), horizon=30 * DAY), {"one": day(70)})
ROWS = [  # account, user, name, feature, day
    ("one", "u1", "opened", "chart", 0.5),
    ("one", "u1", "opened", "chart", 33.5),
    ("one", "u2", "opened", "table", 40.5),
    ("one", "u2", "error", "", 50.5),
    ("one", "u2", "error", "", 50.5),
    ("one", "u2", "error", "", 61.5),
    ("two", "u3", "opened", "opened", 30.5),
    ("two", "u3", "opened", "opened", 59.5),
    ("new", "u4", "opened", "chart", 59.5),
]


@pytest.fixture
def counted(tmp_path):
    lines = [f"{account},{user},{name},{feature},{iso(day(at))}" for account, user, name, feature, at in ROWS]
    path = tmp_path / "e.csv"
    path.write_text("\n".join(["account_id,user_id,event_name,feature,timestamp", *lines]) + "\n")
    history = spread(path, EVENTS, tmp_path, lambda _: None)
    return together([plain(file, ASKING) for file in history.files])


def test_a_row_is_counted_from_what_came_before_its_date(counted):
    [one, two] = sorted(range(2), key=lambda row: not counted.churns[row])
    assert counted.churns.tolist() == [row == one for row in range(2)]
    assert np.expm1(counted.six[one, [0, 2, 3, 4, 5]]) == pytest.approx([9.5, 4, 3, 2, 59.5])
    assert np.exp(counted.six[one, 1]) == pytest.approx(3 / 3)  # two of the last 14 days, two of the 14 before
    assert np.exp(counted.six[two, 1]) == pytest.approx(2 / 1)
    assert counted.events[[one, two]].tolist() == [5, 2]


def test_an_event_counts_for_its_name_and_its_feature_and_once_where_they_are_the_same(counted):
    one = counted.churns.tolist().index(True)
    often = {kind: counted.often[one, number] for number, kind in enumerate(counted.kinds)}
    assert often == {"opened": 3, "chart": 2, "table": 1, "error": 2}
    assert counted.often[1 - one, counted.kinds.index("opened")] == 2


def test_only_the_most_frequent_kinds_are_kept(counted):
    assert together([counted], most=2).kinds == ("opened", "chart")
