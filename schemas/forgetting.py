"""Whom to forget, and how that is said and found where ids stand in keys and in bytes that others wrote."""

import json
from typing import Literal, NamedTuple

_ACCOUNT = b"\x00"  # no id holds it


class Subject(NamedTuple):
    r"""An account, or a user by what the log calls them.

    >>> Subject("account_id", "acme").link_key, Subject("user_id", "u-7").link_key
    (b'\x00acme', b'u-7')
    >>> subject_of(b"\x00acme"), subject_of(b"u-7")
    (Subject(field='account_id', id='acme'), Subject(field='user_id', id='u-7'))
    """

    field: Literal["account_id", "user_id"]
    id: str

    @property
    def link_key(self) -> bytes:
        """The key of the record of `user-links.v1` that says, by having no value, that they are forgotten."""
        return (_ACCOUNT if self.field == "account_id" else b"") + self.id.encode()

    @property
    def as_member(self) -> bytes:
        """How records of ours name them.

        >>> Subject("user_id", "北").as_member.decode()
        '"user_id":"北"'
        """
        return f'"{self.field}":{json.dumps(self.id, ensure_ascii=False)}'.encode()

    @property
    def as_text(self) -> tuple[bytes, bytes]:
        r"""How their id may stand in anybody's JSON.

        >>> Subject("user_id", "é").as_text
        (b'"\xc3\xa9"', b'"\\u00e9"')
        """
        return json.dumps(self.id, ensure_ascii=False).encode(), json.dumps(self.id).encode()


def subject_of(link_key: bytes) -> Subject:
    """Whom a key of `user-links.v1` names."""
    name = link_key.decode("utf-8", "replace")
    return Subject("account_id", name[1:]) if name.startswith("\x00") else Subject("user_id", name)
