import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from schemas.codec import pack, unpack
from services.scoring.core.header import Header, UnknownFormat, header_of
from services.scoring.core.inputs import Since, of_names
from services.scoring.core.outages import NO_OUTAGES, Outages
from tests.services.scoring.core.records import LOG, publication, tick

NOTHING = Since((), ())

headers = st.builds(
    Header,
    st.integers(-1, 2**40),
    st.integers(0, 2**43),
    st.sampled_from([None, LOG]),
    st.integers(0, 5),
    st.sampled_from([None, publication(3, moments=("payment_failed",))]),
    st.sampled_from([NOTHING, Since((of_names(["a", "b"]), of_names(["c"], 3)), (0, 7))]),
    st.sampled_from([NO_OUTAGES, Outages({"app": 7, None: 9})]),
    st.dictionaries(st.integers(0, 10**6), st.integers(1, 10**9)),
    st.dictionaries(st.text(max_size=64), st.integers(0, 10**9)),
    st.dictionaries(st.integers(0, 2**64 - 1), st.integers(0, 2**43)),
)


@given(headers)
def test_a_header_comes_back_from_its_bytes(header: Header):
    assert header_of(header.packed()) == header


def test_a_changelog_of_another_format_is_refused():
    with pytest.raises(UnknownFormat, match="format is 1, this version reads 4: delete it to rebuild"):
        header_of(pack((1, "with fields of its own")))


def test_a_changelog_from_before_anybody_could_be_forgotten_is_read():
    header = Header(7, 9, LOG, 1, None, NOTHING, NO_OUTAGES, {1: 2}, {"f": 3}, {})
    _, *fields, _ = unpack(header.packed())
    assert header_of(pack((3, *fields))) == header


def test_what_is_no_header_is_refused():
    with pytest.raises(UnknownFormat, match="a header that is none"):
        header_of(b"?")


def test_a_header_that_holds_another_record_is_refused():
    header = Header(0, 0, LOG, 1, None, NOTHING, NO_OUTAGES, {}, {}, {})._replace(log=tick(0))  # type: ignore[arg-type]  # what must not be
    with pytest.raises(UnknownFormat, match="holds a Tick where a Log belongs"):
        header_of(header.packed())


def test_the_log_in_a_header_is_the_log():
    header = header_of(Header(0, 0, LOG, 1, None, NOTHING, NO_OUTAGES, {}, {}, {}).packed())
    assert asdict(header.log or tick(0)) == asdict(LOG)
