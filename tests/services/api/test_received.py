"""What a record of score-changes.v1 must be for the projector to use it."""

from pathlib import Path

import msgspec
import pytest

from schemas.codec import decode_score_change
from services.api.received import Forgotten, Received, Unusable, forgotten, receive

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples" / "score-changes.v1" / "v1"
TICK = (EXAMPLES / "accepted" / "tick.json").read_bytes()


def changed(**facts: object) -> bytes:
    fields = msgspec.json.decode(TICK)
    return msgspec.json.encode({**fields, "facts": {**fields["facts"], **facts}})


def test_a_change_is_received_with_its_place_and_its_bytes():
    assert receive(TICK, 3, 7) == Received(decode_score_change(TICK), 3, 7, TICK)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"\xff", "not a score change", id="not JSON"),
        pytest.param(b"{}", "missing required field `id`", id="not a change"),
        pytest.param(changed(name="A\x00"), "U+0000", id="NUL in a fact"),
        pytest.param(changed(seats=2**63), "too large", id="too large for a column"),
        pytest.param(TICK.replace(b'"acme"', rb'"ac\u0000me"'), "U+0000", id="NUL in the id"),
    ],
)
def test_what_a_row_cannot_hold_is_refused_with_a_reason(body, why):
    with pytest.raises(Unusable, match=why.replace("+", r"\+")):
        receive(body, 0, 0)


def test_a_record_without_a_value_forgets_the_account_of_its_key():
    assert forgotten("北".encode(), 3, 7) == Forgotten("北", 3, 7)


@pytest.mark.parametrize("key", [None, b"", b"\xff", b"ac\x00me"])
def test_a_record_without_a_value_or_an_account_is_refused(key):
    with pytest.raises(Unusable, match="without a value"):
        forgotten(key, 0, 0)


def test_a_text_that_only_looks_like_nul_is_taken():
    assert receive(changed(name=r"C:\u0000"), 0, 0).change.facts.name == r"C:\u0000"


@pytest.mark.parametrize("path", sorted((EXAMPLES / "refused").iterdir()), ids=lambda path: path.stem)
def test_refused_examples_are_refused_here_too(path):
    with pytest.raises(Unusable):
        receive(path.read_bytes(), 0, 0)
