import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.time import DAY
from services.scoring.core.packing import Head, head_of, pack_account, unpack_account
from services.scoring.core.partition import Recorded
from services.scoring.core.state import new_account
from tests.services.scoring.core.folds import accounts_of, fold, state_of
from tests.services.scoring.core.logs import draw_log


@given(st.builds(draw_log, st.integers(0, 2**32), st.integers(1, 80)), st.integers(-1, 10**12))
def test_an_account_comes_back_from_its_bytes(log: list[Recorded], applied: int):
    for account in accounts_of(fold(log).partition):
        packed = pack_account(account, applied)
        back = unpack_account(packed)
        assert (back.account_id, back.phase, state_of(back)) == (account.account_id, account.phase, state_of(account))
        assert head_of(packed) == Head(applied, account.due, account.touched, account.importing)
        assert back.applied == applied
        assert pack_account(back, applied) == packed


@pytest.mark.parametrize(("touched", "importing"), [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("due", [None, 0, 1_767_225_600_000])
def test_what_must_be_known_of_a_packed_account_stands_before_it(touched: bool, importing: bool, due: int | None):  # noqa: FBT001 - columns
    account = new_account("acme")
    account.touched, account.importing, account.due = touched, importing, due
    assert head_of(pack_account(account, 12)) == Head(12, due, touched, importing)


def test_a_book_is_spread_over_the_day():
    hours = {new_account(f"account {n}").phase * 24 // DAY for n in range(500)}
    assert hours == set(range(24))


def test_an_account_without_events_has_no_deadline():
    assert new_account("acme").silence_deadline is None
