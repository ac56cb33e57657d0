"""JSON taken apart, so that one bad element leaves its neighbours alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.ingest.core.split import elements, members

awkward = some.text(alphabet='ab"\\[]{},: é', max_size=8)
values = some.recursive(
    some.none() | some.integers() | awkward,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(awkward, inner, max_size=3),
    max_leaves=6,
)


@given(some.lists(values, max_size=4), some.booleans())
def test_the_elements_of_an_array_are_what_a_parser_sees(array, is_ascii):
    text = json.dumps(array, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")

    assert [json.loads(one.decode("utf-8", "surrogatepass")) for one in elements(text) or []] == array


@given(some.dictionaries(some.text(alphabet="abc {}[],:", max_size=8), values, max_size=4))
def test_the_members_of_an_object_are_what_a_parser_sees(mapping):
    text = json.dumps(mapping, ensure_ascii=True).encode()

    assert {name: json.loads(value) for name, value in (members(text) or {}).items()} == mapping


@pytest.mark.parametrize(
    "text",
    [b"", b"[", b"[1", b"[1]]", b"[1] 2", b"{}", b"[}", b"]["],
    ids=lambda text: text.decode() or "empty",
)
def test_what_is_no_array_has_no_elements(text):
    assert elements(text) is None


def test_what_is_no_object_has_no_members():
    assert members(b"[1]") is None


def test_a_member_without_a_name_is_left_out():
    assert members(b'{1: 2, "a": 3}') == {"a": b"3"}


@given(some.binary())
def test_any_bytes_have_elements_or_none(text):
    found = elements(b"[" + text + b"]")

    assert found is None or all(isinstance(element, bytes) for element in found)


def test_depth_costs_nothing_but_time():
    text = b"[1, " + b"[" * 100_000 + b"]" * 100_000 + b", 2]"

    assert (elements(text) or [])[::2] == [b"1", b"2"]
