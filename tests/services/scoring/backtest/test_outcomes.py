import pytest

from services.scoring.backtest.columns import Columns
from services.scoring.backtest.outcomes import read_outcomes
from services.scoring.backtest.refused import FileRefused
from tests.services.scoring.backtest.histories import day

COLUMNS = Columns(
    {"account_id": "account_id"},
    {name: name for name in ("churned_at", "outcome", "occurred_at", "observed_until", "label_kind")},
)


def test_a_churn_is_told_by_its_time_or_as_an_outcome(tmp_path):
    path = tmp_path / "o.csv"
    path.write_text(
        "account_id,churned_at,outcome,occurred_at,observed_until,label_kind\n"
        "acme,2026-01-03,,,2026-02-01,explicit\n"
        "beta,,churned,2026-01-05,,\n"
        "beta,,churned,2026-01-04,,\n"
        "cecil,,renewed,2026-01-04,,\n"
        "dora,,,,,\n"
    )
    found = read_outcomes(path, COLUMNS)
    assert found.churned_at == {"acme": day(2), "beta": day(3)}
    assert found.observed_until == {"acme": day(31)}
    assert found.known == {"acme", "beta", "cecil", "dora"}
    assert found.label_kinds == ("explicit",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("account_id,churned_at\n,2026-01-03\n", "row 1: account_id is empty"),
        ("account_id,churned_at\nacme,soon\n", "row 1: churned_at 'soon' is no time"),
        ("account_id,churned_at\n", "has no rows"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, text, why):
    path = tmp_path / "o.csv"
    path.write_text(text)
    with pytest.raises(FileRefused, match=why):
        read_outcomes(path, COLUMNS)
