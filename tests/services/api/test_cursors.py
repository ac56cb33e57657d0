"""Cursors come back as they went out, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.cursors import AfterAccount, BeforeChange, FromOffsets, InvalidCursor, read_cursor, write_cursor

IDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=255)
OFFSETS = st.integers(0, 2**63 - 1)
CURSORS = st.one_of(
    st.builds(AfterAccount, rank=st.integers(-(2**31), 2**31 - 1), account_id=IDS),
    st.builds(BeforeChange, position=OFFSETS),
    st.builds(FromOffsets, log=st.text(max_size=36), offsets=st.lists(OFFSETS).map(tuple)),
)


@given(CURSORS)
def test_a_cursor_comes_back_as_it_went_out(cursor):
    assert read_cursor(write_cursor(cursor), type(cursor)) == cursor


@given(CURSORS)
def test_a_cursor_needs_no_escaping_in_a_url(cursor):
    text = write_cursor(cursor)

    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


@given(st.text())
def test_any_other_text_is_refused(text):
    with pytest.raises(InvalidCursor):
        read_cursor(text, FromOffsets)


@pytest.mark.parametrize(
    "forged",
    [
        AfterAccount(rank=2**31, account_id="a"),
        AfterAccount(rank=0, account_id="a\x00"),
        AfterAccount(rank=0, account_id=""),
    ],
)
def test_a_forged_cursor_that_the_database_would_choke_on_is_refused(forged):
    with pytest.raises(InvalidCursor):
        read_cursor(write_cursor(forged), AfterAccount)


def test_a_cursor_of_another_page_is_refused():
    with pytest.raises(InvalidCursor):
        read_cursor(write_cursor(BeforeChange(position=1)), AfterAccount)
