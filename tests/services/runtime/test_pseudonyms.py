import pytest
from pydantic import SecretStr, ValidationError

from services.runtime.pseudonyms import name_of
from services.runtime.settings import PrivacySettings

SECRET = SecretStr("a secret of thirty-two characters!")


def test_without_a_key_users_keep_their_ids():
    assert name_of(PrivacySettings())("u-7") == "u-7"


def test_a_user_has_one_name_that_does_not_tell_who_it_is():
    name = name_of(PrivacySettings(pseudonym_key=SECRET))
    again = name_of(PrivacySettings(pseudonym_key=SECRET))

    assert (name("u-7"), len(name("u-7")), name("u-8") == name("u-7")) == (again("u-7"), 34, False)
    assert "u-7" not in name("u-7")


def test_another_key_gives_other_names():
    other = SecretStr("another secret of many characters!")
    assert name_of(PrivacySettings(pseudonym_key=SECRET))("u") != name_of(PrivacySettings(pseudonym_key=other))("u")


def test_a_name_is_its_own_name():
    name = name_of(PrivacySettings(pseudonym_key=SECRET))
    assert name(name("u-7")) == name("u-7")


def test_a_short_key_is_refused():
    with pytest.raises(ValidationError):
        PrivacySettings(pseudonym_key=SecretStr("changeme"))
