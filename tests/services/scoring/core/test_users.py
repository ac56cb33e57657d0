"""What users and features remember, against the plain list of who was there when."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.scoring.core.novelty import FEATURE, FEATURE_DAY, USER, USER_DAY
from services.scoring.core.users import MOST_SOURCES, Features, Sources, Users

seen = st.lists(st.tuples(st.sampled_from(["ann", "bob", "cid", "dee"]), st.integers(1_000, 1_060)), max_size=40)


@given(seen, st.lists(st.integers(1_000, 1_100), max_size=8))
def test_active_users_are_those_of_the_days_asked_for_in_whatever_order_one_asks(
    happened: list[tuple[str, int]], asked: list[int]
):
    users = Users()
    for number, (user, day) in enumerate(happened):
        users.saw(user, day)
        for today in asked:  # what is remembered from the last question must not answer this one wrongly
            active = {who for who, when in happened[: number + 1] if today - 28 <= when <= today}
            assert users.active(today, 28) == len(active)


@given(seen)
def test_only_what_was_not_known_is_news(happened: list[tuple[str, int]]):
    users = Users()
    for number, (user, day) in enumerate(happened):
        news = users.saw(user, day)
        assert bool(news & USER_DAY) is ((user, day) not in happened[:number])
        assert news in (0, USER_DAY, USER_DAY | USER)


@given(seen, st.data())
def test_how_many_are_active_moves_only_where_it_is_news_that_a_user_came(happened: list[tuple[str, int]], data: Any):
    users = Users()
    for user, today in sorted(happened, key=lambda one: one[1]):
        were = users.active(today, 28), len(users.members)
        came = data.draw(st.sampled_from([user, "ann"]))
        news = users.saw(came, today)
        if not news & USER:
            assert (users.active(today, 28), len(users.members)) == were


def test_a_linked_user_is_known_and_was_never_active():
    users = Users()
    users.link("ann")
    assert (len(users.members), users.active(1_000, 28)) == (1, 0)
    assert users.saw("ann", 1_000)
    assert users.active(1_000, 28) == 1


def test_a_user_past_the_bound_is_no_news():
    users = Users()
    users.most = 2
    for user in ("ann", "bob", "cid", "dee"):
        users.saw(user, 1_000)
    assert len(users.members) == 2
    assert [users.saw(user, 1_001) for user in ("ann", "bob", "cid", "dee")].count(0) == 2


def test_a_feature_counts_every_use_and_is_new_once():
    features = Features()
    assert [features.saw("chart", day) for day in (1_005, 1_003, 1_005)] == [FEATURE_DAY | FEATURE, 0, 0]
    assert features.saw("chart", 1_006) == FEATURE_DAY
    assert features.members == {"chart": (1_006, 4)}
    features.most = 1
    assert [features.saw(name, 1_007) for name in ("share", "chart")].count(0) >= 1


def test_the_sources_of_an_account_are_bounded():
    sources = Sources()
    for number in range(3 * MOST_SOURCES):
        sources.saw(f"source-{number}", 1)
    assert len(sources.members) == MOST_SOURCES


def test_as_many_users_are_active_as_before_until_one_lapses_or_is_dated_ahead():
    users = Users()
    users.saw("ann", 100)
    assert not users.are_active_as_before(100)  # nobody has asked
    assert users.active(100, 28) == 1
    assert [users.are_active_as_before(day) for day in (99, 100, 128, 129)] == [False, True, True, False]
    users.saw("ann", 140)
    assert not any(users.are_active_as_before(day) for day in (120, 128, 140))  # who asks has to be told anew
