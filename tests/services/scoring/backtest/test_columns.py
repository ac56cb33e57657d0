from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from services.scoring.backtest.columns import Columns, batches, texts
from services.scoring.backtest.refused import FileRefused

COLUMNS = Columns({"account_id": "customer"}, {"feature": "feature"})


def rows(path):
    return [row for batch in batches(path, COLUMNS) for row in batch.to_pylist()]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "other,customer\n1,acme\n2,007\n"),
        ("a.csv", "\ufeffcustomer;other\nacme;1\n007;2\n"),
        ("a.tsv", "customer\tother\nacme\t1\n007\t2\n"),
        ("a.jsonl", '{"customer": "acme", "other": 1}\n{"customer": "007"}\n'),
    ],
    ids=["commas", "semicolons and a byte-order mark", "tabs", "JSON lines"],
)
def test_columns_are_found_by_name_and_what_is_not_there_is_null(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert rows(tmp_path / name) == [{"account_id": "acme", "feature": None}, {"account_id": "007", "feature": None}]


def test_parquet_is_read_in_row_groups(tmp_path):
    table = pa.table({"customer": ["a", "b", "c"], "feature": ["x", None, "z"]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    assert [row["account_id"] for row in rows(tmp_path / "a.parquet")] == ["a", "b", "c"]


def test_a_missing_column_is_named_with_the_option_that_names_another(tmp_path):
    (tmp_path / "a.csv").write_text("user,when\n1,2\n")
    with pytest.raises(FileRefused, match=r"no column 'customer': name it with --account-id-column \(there are: user"):
        rows(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "customer,feature\na,b,c\n", "cannot be read"),
        ("a.xlsx", "", "can be read"),
        ("a.parquet", "no", "cannot be read"),
        ("a.jsonl", "no", "cannot be read"),
    ],
)
def test_what_is_no_file_of_rows_is_refused(tmp_path, name, text, why):
    (tmp_path / name).write_text(text)
    with pytest.raises(FileRefused, match=why):
        rows(tmp_path / name)


def test_ids_are_trimmed_and_numbers_are_ids():
    assert texts(Path("a"), "account_id", pa.array([" acme ", "  ", None])).to_pylist() == ["acme", None, None]
    assert texts(Path("a"), "account_id", pa.array([7])).to_pylist() == ["7"]
    with pytest.raises(FileRefused, match="holds double as account_id"):
        texts(Path("a"), "account_id", pa.array([7.5]))
