"""Our own events, from bytes."""

import pytest

from schemas.dead_letters import DeadLetterReason
from services.ingest.core.verdict import Admitted, Receipt, Refused
from services.ingest.dialects.body import NoArray, NoObject, items
from services.ingest.dialects.native import decide

RECEIPT = Receipt(1_795_309_323_000, "web", "m1")
EVENT = b'{"account_id":"acme","event_name":"login"}'


def test_an_event_of_just_the_largest_size_is_admitted():
    assert isinstance(decide(EVENT, RECEIPT, len(EVENT)), Admitted)


def test_a_larger_one_is_refused_unread():
    found = decide(EVENT + b" ", RECEIPT, len(EVENT))

    assert isinstance(found, Refused)
    assert found.reason is DeadLetterReason.TOO_LARGE


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(EVENT, [EVENT], id="one"),
        pytest.param(b" [" + EVENT + b" , 3 ] ", [EVENT, b"3"], id="several"),
        pytest.param(b"[]", [], id="none"),
        pytest.param(b"[" + EVENT + b",NaN]", [EVENT, b"NaN"], id="a broken neighbour"),
        pytest.param(b'{"a":', [b'{"a":'], id="one broken: it is told so as an item"),
    ],
)
def test_a_body_holds_items(body, found):
    assert list(items(body)) == found


@pytest.mark.parametrize("body", [b"", b"  ", b"x", b"3", b"\xff"])
def test_a_body_without_an_object_is_malformed(body):
    with pytest.raises(NoObject):
        items(body)


def test_an_array_that_does_not_end_is_malformed():
    with pytest.raises(NoArray):
        items(b"[" + EVENT)
