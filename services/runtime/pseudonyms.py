"""Names for users that say nothing about who they are: a keyed hash, the same for the same user everywhere."""

import hmac
import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256

from services.runtime.settings import PrivacySettings

_PREFIX = "p_"
_DIGITS = 32  # 128 bits in hexadecimal
_PSEUDONYM = re.compile(rf"{_PREFIX}[0-9a-f]{{{_DIGITS}}}")
_REMEMBERED = 65_536

NameOf = Callable[[str], str]


def name_of(settings: PrivacySettings) -> NameOf:
    """What a user is called in the log: a pseudonym where there is a key for it, or else the user's own id.

    A pseudonym is left as it is: who was told one may use it.
    """
    if settings.pseudonym_key is None:
        return _as_it_is
    key = settings.pseudonym_key.get_secret_value().encode()

    @lru_cache(_REMEMBERED)
    def pseudonym(user_id: str) -> str:
        if _is_pseudonym(user_id):
            return user_id
        return _PREFIX + hmac.new(key, user_id.encode(), sha256).hexdigest()[:_DIGITS]

    return pseudonym


def _as_it_is(user_id: str) -> str:
    return user_id


def _is_pseudonym(user_id: str) -> bool:
    digits = user_id.removeprefix(_PREFIX)
    return len(user_id) == len(_PREFIX) + _DIGITS == len(digits) + len(_PREFIX) and set(digits) <= set(
        "0123456789abcdef"
    )
