import pytest

from schemas.time import DAY
from services.scoring.backtest.buckets import lives, spread
from services.scoring.backtest.refused import FileRefused
from tests.services.scoring.backtest.histories import EVENTS, noons, write_csv


def untold(_):
    """Nobody looks on."""


def test_an_account_has_all_its_events_in_order_of_time_whatever_the_order_of_the_file(tmp_path):
    path = write_csv(tmp_path / "e.csv", {"acme": reversed(noons(range(5))), "beta": noons([3])})
    history = spread(path, EVENTS, tmp_path, untold)
    found = {life.account_id: life for file in history.files for life in lives(file)}
    assert found["acme"].at == noons(range(5))
    assert found["acme"].users == ["u1"] * 5
    assert found["acme"].features == ["reports"] * 5
    assert found["beta"].event_names == ["opened"]
    assert history.accounts == {"acme", "beta"}
    assert history.events == 6
    assert history.last_at - history.first_at == 4 * DAY


def test_only_accounts_that_are_wanted_are_read(tmp_path):
    path = write_csv(tmp_path / "e.csv", {f"a{n}": noons([n]) for n in range(50)})
    history = spread(path, EVENTS, tmp_path, untold)
    assert [life.account_id for file in history.files for life in lives(file, {"a7"})] == ["a7"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",u1,opened,,2026-01-01", "row 2: account_id is empty"),
        ("acme,u1,,,2026-01-01", "row 2: event_name is empty"),
        ("acme,u1,opened,,", "row 2: timestamp is empty"),
        ("acme,u1,opened,,tomorrow", "row 2: timestamp 'tomorrow' is no time"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path, row, why):
    path = tmp_path / "e.csv"
    path.write_text(f"account_id,user_id,event_name,feature,timestamp\nacme,,opened,,2026-01-01\n{row}\n")
    with pytest.raises(FileRefused, match=why):
        spread(path, EVENTS, tmp_path, untold)


def test_a_file_without_rows_is_refused(tmp_path):
    with pytest.raises(FileRefused, match="has no rows"):
        spread(write_csv(tmp_path / "e.csv", {}), EVENTS, tmp_path, untold)
