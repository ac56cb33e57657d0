from services.scoring.core.accounts import Accounts
from services.scoring.core.packing import head_of
from services.scoring.core.step import observe
from tests.services.scoring.core.folds import state_of
from tests.services.scoring.core.records import DAY_0, event


def touch(accounts: Accounts, *account_ids: str) -> None:
    for account_id in account_ids:
        account = accounts[account_id]
        observe(account, event(DAY_0 + account.active.count, account_id, account_id))
        accounts.changed(account)


def test_an_account_is_made_when_it_is_first_asked_for():
    accounts = Accounts(10)
    assert (accounts["acme"].account_id, len(accounts), accounts.dirty) == ("acme", 0, 0)
    touch(accounts, "acme")
    assert (len(accounts), accounts.dirty, accounts.hot) == (1, 1, 1)


def test_a_flush_gives_what_changed_stamped_with_the_cut_and_once():
    accounts = Accounts(10)
    touch(accounts, "acme", "blue", "acme")
    flushed = accounts.flush(41)
    assert [(account_id, head_of(packed or b"").applied) for account_id, packed in flushed] == [
        ("acme", 41),
        ("blue", 41),
    ]
    assert (accounts["acme"].applied, accounts.dirty, len(accounts), accounts.flush(42)) == (41, 0, 2, [])


def test_after_a_flush_the_accounts_flushed_longest_ago_are_packed():
    accounts = Accounts(2)
    touch(accounts, "acme", "blue", "coda")
    accounts.flush(1)
    assert (accounts.hot, sorted(accounts._hot)) == (2, ["blue", "coda"])
    touch(accounts, "blue", "dune")
    accounts.flush(2)
    assert (sorted(accounts._hot), len(accounts)) == (["blue", "dune"], 4)


def test_what_has_changed_is_never_packed_before_it_is_flushed():
    accounts = Accounts(0)
    touch(accounts, "acme")
    account = accounts["acme"]
    accounts.flush(1)
    assert accounts.hot == 0
    touch(accounts, "blue")
    assert accounts["acme"] is not account
    assert state_of(accounts["acme"]) == state_of(account)


def test_restored_accounts_stay_packed_until_they_are_asked_for():
    accounts = Accounts(10)
    touch(accounts, "acme")
    ((_, packed),) = accounts.flush(7)
    other = Accounts(10)
    other.restore({"acme": packed or b""})
    assert (len(other), other.hot, other.dirty) == (1, 0, 0)
    assert state_of(other["acme"]) == state_of(accounts["acme"])


def test_one_that_was_forgotten_further_on_says_so_until_its_worker_is_there():
    died = Accounts(10)
    touch(died, "acme")
    died.forget("acme")
    ((_, empty),) = died.flush(20)  # and no header was written after it
    successor = Accounts(1)
    successor.restore({"acme": empty or b""})
    successor.restore_forgotten("acme")
    touch(successor, "blue")
    flushes = [successor.flush(cut) for cut in (17, 18, 20, 21)]
    told = [[(one, packed and head_of(packed)[:2]) for one, packed in flushed if one == "acme"] for flushed in flushes]
    ahead = [("acme", head_of(empty or b"")[:2])]
    assert told == [ahead, ahead, ahead, [("acme", None)]]
    assert head_of(empty or b"").applied == 20
