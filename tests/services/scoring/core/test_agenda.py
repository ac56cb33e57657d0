from hypothesis import given
from hypothesis import strategies as st

from services.scoring.core.agenda import SPAN, Agenda, Entry
from services.scoring.core.state import Account, new_account


def planned(name: str, due: int | None, agenda: Agenda) -> Account:
    account = new_account(name)
    account.due = due
    agenda.plan(account)
    return account


def taken(agenda: Agenda, until: int) -> Entry | None:
    """The first entry that is taken, if there is one."""
    return next(agenda.taken(until), None)


def test_the_earliest_comes_first_and_only_once_its_time_has_come():
    agenda = Agenda()
    planned("late", 9, agenda)
    planned("soon", 5, agenda)
    assert [taken(agenda, until) for until in (4, 5, 5)] == [None, (5, "soon"), None]


def test_an_account_that_is_never_due_has_no_entry():
    agenda = Agenda()
    planned("acme", None, agenda)
    assert taken(agenda, 10) is None


def test_an_entry_that_has_been_seen_to_gives_way_to_the_next_due_instant():
    agenda = Agenda()
    account = planned("acme", 5, agenda)
    assert taken(agenda, 5) == (5, "acme")
    account.due = 8
    agenda.seen_to(account, 5)
    assert (taken(agenda, 7), account.scheduled, taken(agenda, 8)) == (None, 8, (8, "acme"))


def test_an_entry_that_nothing_is_due_for_is_dropped():
    agenda = Agenda()
    agenda.restore([(5, "acme")])
    assert taken(agenda, 5) == (5, "acme")
    agenda.seen_to(new_account("acme"), 5)
    assert taken(agenda, 10) is None


def test_an_entry_whose_account_could_not_be_looked_at_does_not_come_up_for_ever():
    agenda = Agenda()
    account = planned("acme", 5, agenda)
    assert taken(agenda, 5) == (5, "acme")
    agenda.seen_to(account, 5)
    assert (taken(agenda, 10), account.scheduled) == (None, None)


def test_a_due_instant_that_was_put_off_keeps_its_entry_until_that_comes_up():
    agenda = Agenda()
    account = planned("acme", 5, agenda)
    account.due = 8
    agenda.plan(account)
    assert [taken(agenda, 4), taken(agenda, 10), taken(agenda, 10)] == [None, (5, "acme"), None]


def test_an_entry_that_an_earlier_one_has_made_stale_is_dropped():
    agenda = Agenda()
    account = planned("acme", 5, agenda)
    account.due = 3
    agenda.plan(account)
    account.due = 9
    assert taken(agenda, 8) == (3, "acme")
    agenda.seen_to(account, 3)
    assert (taken(agenda, 8), account.scheduled) == ((5, "acme"), 9)
    agenda.seen_to(account, 5)
    assert [taken(agenda, 8), taken(agenda, 9), taken(agenda, 9)] == [None, (9, "acme"), None]


def test_a_due_instant_that_was_put_off_comes_up_though_the_account_was_packed_meanwhile():
    agenda = Agenda()
    account = planned("acme", 5, agenda)
    account.due = 8
    agenda.plan(account)
    account.scheduled = None  # it is not packed
    assert taken(agenda, 5) == (5, "acme")
    agenda.seen_to(account, 5)
    assert (taken(agenda, 7), taken(agenda, 8)) == (None, (8, "acme"))


def test_what_was_restored_is_in_order_whatever_order_it_came_in():
    agenda = Agenda()
    agenda.restore([(7, "b"), (3, "a"), (5, "c")])
    assert [taken(agenda, 10) for _ in range(3)] == [(3, "a"), (5, "c"), (7, "b")]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9), st.integers(0, 5)), max_size=30),
    st.sampled_from([1, SPAN // 4, SPAN]),
)
def test_every_due_instant_comes_up_in_order_however_often_it_moves(moves: list[tuple[int, int, int]], unit: int):
    """Each move sets an account's due instant so many units ahead, and lets the clock go on."""
    agenda, accounts, now = Agenda(), {name: new_account(name) for name in "abc"}, 0
    for number, ahead, passes in moves:
        account = accounts["abc"[number]]
        account.due = now + ahead * unit
        agenda.plan(account)
        now += passes * unit
        expected = {name for name, one in accounts.items() if one.due is not None and one.due <= now}
        visited, before = set(), (0, "")
        for entry in agenda.taken(now):
            assert entry >= before
            account, before = accounts[entry[1]], entry
            if account.due == entry[0]:
                visited.add(account.account_id)
                account.due = None
            agenda.seen_to(account, entry[0])
        assert visited == expected
