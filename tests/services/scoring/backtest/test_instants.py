from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from services.scoring.backtest.instants import instants
from services.scoring.backtest.refused import FileRefused

FILE = Path("events.csv")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        pytest.param(pa.array(["1970-01-01T00:00:01Z", None]), [1_000, None], id="text in UTC"),
        pytest.param(pa.array(["1970-01-01T09:00:01+09:00"]), [1_000], id="text with an offset"),
        pytest.param(pa.array(["1970-01-01 00:00:01", "1970-01-02"]), [1_000, 86_400_000], id="text without an offset"),
        pytest.param(pa.array(["1970-01-01T00:00:01.234567Z"]), [1_234], id="finer than a millisecond is cut off"),
        pytest.param(pa.array(["1609459200000"]), [1_609_459_200_000], id="milliseconds as text"),
        pytest.param(pa.array([1_609_459_200_000]), [1_609_459_200_000], id="milliseconds"),
        pytest.param(pa.array([date(1970, 1, 2)]), [86_400_000], id="dates"),
        pytest.param(pa.array([datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)]), [1_000], id="times"),
        pytest.param(pa.array(["1970-01-02", "1970-01-02"]).dictionary_encode(), [86_400_000] * 2, id="a dictionary"),
    ],
)
def test_times_are_read_however_they_are_written(column, expected):
    assert instants(FILE, "timestamp", column, 0).to_pylist() == expected


def test_a_time_that_is_none_is_named_by_its_row():
    with pytest.raises(FileRefused, match=r"events.csv row 13: timestamp 'soon' is no time: write ISO 8601"):
        instants(FILE, "timestamp", pa.array(["1970-01-01T00:00:01Z", "", "soon"]), 10)


def test_seconds_are_refused_and_not_taken_for_milliseconds():
    with pytest.raises(FileRefused, match="row 2: timestamp 1609459200 looks like seconds"):
        instants(FILE, "timestamp", pa.array([1_609_459_200_000, 1_609_459_200]), 0)


def test_fractions_are_no_times():
    with pytest.raises(FileRefused, match="holds double as timestamp"):
        instants(FILE, "timestamp", pa.array([1.5]), 0)
