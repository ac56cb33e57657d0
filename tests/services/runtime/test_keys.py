import pytest

from services.runtime.keys import Key, KeyRing, make_key, verified
from services.runtime.scopes import Scope


@pytest.mark.parametrize(
    ("scope", "may"),
    [
        (Scope.INGEST, {Scope.INGEST}),
        (Scope.READ, {Scope.READ}),
        (Scope.OPERATE, {Scope.OPERATE, Scope.READ, Scope.INGEST}),
        (Scope.ADMIN, {Scope.ADMIN, Scope.OPERATE, Scope.READ, Scope.INGEST}),
    ],
    ids=["ingest", "read", "operate", "admin"],
)
def test_a_scope_allows_what_is_below_it(scope: Scope, may: set[Scope]):
    assert {needed for needed in Scope if scope.allows(needed)} == may


def test_a_key_opens_and_what_is_kept_of_it_does_not_tell_its_secret():
    text, key = make_key(Scope.READ, "test")
    secret = text.split("_", 3)[3]
    assert text.startswith(f"kzs_read_{key.id}_")
    assert secret.encode() not in key.hash
    assert verified(text, {key.id: key}) == key


def test_secrets_with_underscores_open():
    texts = [make_key(Scope.READ, "test") for _ in range(200)]
    assert any("_" in text.split("_", 3)[3] for text, _ in texts)
    assert all(verified(text, {key.id: key}) == key for text, key in texts)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text + "x",
        lambda text: text.replace("kzs_read", "kzs_admin"),
        lambda text: text.replace("kzs_", "kzt_"),
        lambda text: text.replace("_", "", 1),
        lambda text: "kzs_read_000000000000_" + text.split("_", 3)[3],
        lambda _: "",
        lambda _: "kzs___",
        lambda _: "ключ",
    ],
    ids=["shorter", "longer", "more scope", "prefix", "parts", "another id", "nothing", "no parts", "not ascii"],
)
def test_anything_else_does_not_open(spoil):
    text, key = make_key(Scope.READ, "test")
    assert verified(spoil(text), {key.id: key}) is None


def test_a_ring_that_was_never_loaded_says_so():
    key = Key("1", Scope.READ, "test", b"")
    assert [KeyRing({}).is_loaded, KeyRing({"1": key}).is_loaded] == [False, True]


def test_what_is_logged_of_a_key_has_no_hash():
    _, key = make_key(Scope.READ, "test")
    assert "hash" not in repr(key)
