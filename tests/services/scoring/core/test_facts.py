from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.activity import FACT_FIELDS, AccountFacts, Authority
from schemas.changes import Facts
from schemas.time import instant_of
from services.scoring.core.facts import Known, Said, merge, told
from tests.services.scoring.core.records import DAY_0, facts

INGEST, OPERATE = Authority.INGEST, Authority.OPERATE

statements = st.lists(
    st.builds(
        lambda at, authority, said: facts(DAY_0 + at, authority=authority, **said),
        st.integers(0, 3),
        st.sampled_from(Authority),
        st.fixed_dictionaries(
            {}, optional={"name": st.sampled_from(["Acme", "Acme KK", None]), "seats": st.sampled_from([5, 50, None])}
        ),
    ),
    max_size=12,
)


def merged(said: list[AccountFacts]) -> Known:
    known: Known = {}
    for one in said:
        merge(known, one)
    return known


@given(statements)
def test_of_each_field_an_operators_newest_word_holds_and_the_later_in_the_log_of_two_as_new(said: list[AccountFacts]):
    expected = {}
    for field in ("name", "seats"):
        ranked = [
            ((one.authority is OPERATE, instant_of(one.occurred_at), place), dict(one.said())[field])
            for place, one in enumerate(said)
            if field in dict(one.said())
        ]
        if ranked:
            (operate, at, _), value = max(ranked, key=lambda one: one[0])
            expected[field] = Said(value, operate, at)
    assert merged(said) == expected


@given(statements, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_where_log_order_breaks_ties(said: list[AccountFacts], random: Any):
    groups: dict[Any, list[AccountFacts]] = {}
    for one in said:
        groups.setdefault((one.authority, one.occurred_at), []).append(one)
    order = random.sample(list(groups), len(groups))
    assert merged([one for group in order for one in groups[group]]) == merged(said)


@pytest.mark.parametrize(
    ("before", "after", "name", "changes"),
    [
        pytest.param((0, INGEST, "Acme"), (1, INGEST, "Acme KK"), "Acme KK", True, id="newer"),
        pytest.param((1, INGEST, "Acme"), (0, INGEST, "Acme KK"), "Acme", False, id="older"),
        pytest.param((0, INGEST, "Acme"), (0, INGEST, "Acme KK"), "Acme KK", True, id="as new, later in the log"),
        pytest.param((0, INGEST, "Acme"), (1, INGEST, None), None, True, id="null clears"),
        pytest.param((0, INGEST, None), (1, INGEST, None), None, False, id="cleared again"),
        pytest.param((0, INGEST, "Acme"), (1, INGEST, "Acme"), "Acme", False, id="said again"),
        pytest.param((0, OPERATE, "Acme"), (9, INGEST, "Acme KK"), "Acme", False, id="ingest after operate"),
        pytest.param((9, INGEST, "Acme"), (0, OPERATE, "Acme KK"), "Acme KK", True, id="an older word of operate"),
        pytest.param((0, OPERATE, None), (9, INGEST, "Acme"), None, False, id="ingest where operate cleared"),
        pytest.param((1, OPERATE, "Acme"), (0, OPERATE, "Acme KK"), "Acme", False, id="older, both operate"),
    ],
)
def test_whose_word_holds(before: Any, after: Any, name: str | None, changes: bool):  # noqa: FBT001 - a column
    known = merged([facts(DAY_0 + before[0], authority=before[1], name=before[2])])
    assert merge(known, facts(DAY_0 + after[0], authority=after[1], name=after[2])) is changes
    assert told(known)[FACT_FIELDS.index("name")] == name


def test_a_field_left_out_says_nothing():
    known = merged([facts(DAY_0, name="Acme", seats=5), facts(DAY_0 + 1, seats=6)])
    assert told(known) == ("Acme", None, None, 6, None, None, None, None)


def test_facts_are_told_in_the_order_of_the_contract():
    """A change makes them of what is known, by place."""
    said: dict[str, Any] = {
        "name": "Acme",
        "plan": "pro",
        "segment": "large",
        "seats": 5,
        "arr_cents": 7,
        "owner": "kato",
    }
    known = merged([facts(DAY_0, time_zone="Asia/Tokyo", **said)])
    assert Facts(*told(known)) == Facts(time_zone="Asia/Tokyo", **said)
