"""Files of history, row by row."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.ingest.history.kinds import Kind, columns_of
from services.ingest.history.read import digest, read
from services.ingest.history.rows import BadRow, Columns, FileUnusable, Row

COLUMNS = columns_of(Kind.EVENTS, {"account_id": "customer"})
ROW = {
    "account_id": "acme",
    "user_id": "u-7",
    "event_name": "login",
    "feature": "reports",
    "timestamp": "2026-11-22T01:02:03Z",
}
SMALL = Columns({"account_id": "account_id", "timestamp": "timestamp"}, frozenset({"account_id"}))


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "a.csv",
            "customer,user_id,event_name,feature,timestamp,other\nacme,u-7,login,reports,2026-11-22T01:02:03Z,x\n",
            id="commas",
        ),
        pytest.param(
            "a.CSV",
            "\ufeffcustomer;user_id;event_name;feature;timestamp\r\nacme;u-7;login;reports;2026-11-22T01:02:03Z\r\n",
            id="semicolons, a byte-order mark, Windows lines",
        ),
        pytest.param(
            "a.tsv",
            "timestamp\tcustomer\tuser_id\tfeature\tevent_name\n2026-11-22T01:02:03Z\tacme\tu-7\treports\tlogin",
            id="tabs, another order, no last line end",
        ),
        pytest.param(
            "a.jsonl",
            '{"customer":"acme","user_id":"u-7","event_name":"login","feature":"reports",'
            '"timestamp":"2026-11-22T01:02:03Z","other":[1]}\n',
            id="JSON lines",
        ),
    ],
)
def test_a_row_is_read_from_text(tmp_path, name, text):
    found = list(read(written(tmp_path, name, text), COLUMNS))

    assert found == [Row(1, 1 if name == "a.jsonl" else 2, ROW)]


def test_a_row_is_read_from_parquet(tmp_path):
    path = tmp_path / "a.parquet"
    table = {field: [value] for field, value in ROW.items() if field != "account_id"}
    pq.write_table(pa.table({"customer": pa.array(["acme"]).dictionary_encode(), **table}), path)

    assert list(read(path, COLUMNS)) == [Row(1, 1, ROW)]


@pytest.mark.parametrize(
    ("array", "value"),
    [
        pytest.param(pa.array([1_795_309_323_456_789], pa.timestamp("us", "UTC")), 1_795_309_323_456, id="UTC"),
        pytest.param(
            pa.array([1_795_309_323_456], pa.timestamp("ms", "Asia/Tokyo")), 1_795_309_323_456, id="another zone"
        ),
        pytest.param(pa.array([1_795_309_323], pa.timestamp("s")), 1_795_309_323_000, id="no zone"),
        pytest.param(pa.array([dt.date(2026, 11, 22)], pa.date32()), 1_795_305_600_000, id="a date"),
        pytest.param(pa.array([1_795_309_323_000], pa.int64()), 1_795_309_323_000, id="milliseconds"),
        pytest.param(pa.array([None], pa.null()), None, id="nothing"),
    ],
)
def test_a_time_in_parquet_is_milliseconds(tmp_path, array, value):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"account_id": ["acme"], "timestamp": array}), path)

    assert list(read(path, SMALL)) == [Row(1, 1, {"account_id": "acme", "timestamp": value})]


def test_a_bad_line_is_reported_with_its_number_and_the_rest_goes_on(tmp_path):
    text = 'account_id,timestamp\na,1\nb\n\nc,2,3\n"d"x,4\ne,5\n'
    found = list(read(written(tmp_path, "a.csv", text), SMALL))

    assert found == [
        Row(1, 2, {"account_id": "a", "timestamp": "1"}),
        BadRow(3, "1 cells, and the heading has 2"),
        BadRow(5, "3 cells, and the heading has 2"),
        BadRow(6, "not CSV (',' expected after '\"')"),
        Row(5, 7, {"account_id": "e", "timestamp": "5"}),
    ]


def test_a_quotation_mark_that_is_not_closed_spoils_what_follows_and_is_reported(tmp_path):
    found = list(read(written(tmp_path, "a.csv", 'account_id,timestamp\na,1\n"b,2\nc,3\n'), SMALL))

    assert found == [Row(1, 2, {"account_id": "a", "timestamp": "1"}), BadRow(3, "not CSV (unexpected end of data)")]


def test_bytes_that_are_no_utf_8_spoil_their_field_alone(tmp_path):
    found = list(read(written(tmp_path, "a.csv", b"account_id,timestamp\n\xe9,1\nb,2\n"), SMALL))

    assert found == [
        Row(1, 2, {"account_id": "\udce9", "timestamp": "1"}),
        Row(2, 3, {"account_id": "b", "timestamp": "2"}),
    ]


def test_another_encoding_may_be_named(tmp_path):
    path = written(tmp_path, "a.csv", "account_id,timestamp\n株式会社,1\n".encode("cp932"))

    assert list(read(path, SMALL, "cp932")) == [Row(1, 2, {"account_id": "株式会社", "timestamp": "1"})]


def test_a_line_that_is_no_object_is_reported(tmp_path):
    good, bad = b'{"account_id":"a"}', [b"[1]", b"NaN", b'"\xff"', b'{"account_id":true}', b'{"account_id":{}}']
    found = list(read(written(tmp_path, "a.ndjson", b"\n".join([good, b"", *bad])), SMALL))

    assert [(type(row).__name__, row.line) for row in found] == [
        ("Row", 1),
        ("BadRow", 3),
        ("BadRow", 4),
        ("BadRow", 5),
        ("BadRow", 6),
        ("BadRow", 7),
    ]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        pytest.param("a.csv", "", "is empty", id="an empty CSV"),
        pytest.param("a.csv", "user,when\n", "--account-id-column (there are: user, when)", id="a missing column"),
        pytest.param("a.csv", '"account_id\n', "heading that is not CSV", id="a broken heading"),
        pytest.param("a.parquet", "PAR1", "cannot be read as Parquet", id="no Parquet"),
        pytest.param("a.xlsx", "", "ends in '.xlsx'", id="a format that is not known"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(tmp_path, name, text, words):
    with pytest.raises(FileUnusable) as raised:
        list(read(written(tmp_path, name, text), SMALL))

    assert words in str(raised.value)


def test_ids_that_became_floating_point_are_not_guessed_at(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"account_id": [1.0]}), path)

    with pytest.raises(FileUnusable, match="holds double in column 'account_id'"):
        list(read(path, SMALL))


def test_a_file_is_the_same_wherever_it_lies(tmp_path):
    one, other = written(tmp_path, "a.csv", "x"), written(tmp_path, "b.csv", "x")

    assert digest(one) == digest(other) != digest(written(tmp_path, "c.csv", "y"))


def test_a_file_that_is_not_there_cannot_be_used(tmp_path):
    with pytest.raises(FileUnusable, match="No such file"):
        digest(tmp_path / "a.csv")
