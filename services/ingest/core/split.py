"""JSON taken apart without being understood: so that one bad element of a list does not take its neighbours along.

Only brackets, commas and strings are looked at. What is between them may be anything: each part is read strictly
afterwards.
"""

import re
from collections.abc import Iterator

_MARKS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
_OPENING = b"[{"
_CLOSING = b"]}"
_MEMBER = re.compile(rb'\s*"((?:[^"\\]|\\.)*)"\s*:\s*(.*)', re.DOTALL)


def elements(text: bytes) -> list[bytes] | None:
    """The elements of a JSON array as they stand there; None where it is no array from beginning to end.

    >>> elements(b'[{"a": "],"}, NaN , [1, 2]]')
    [b'{"a": "],"}', b'NaN', b'[1, 2]']
    >>> elements(b"[]"), elements(b"[1, 2")
    ([], None)
    """
    return _parts(text, b"[", b"]")


def members(text: bytes) -> dict[str, bytes] | None:
    """The members of a JSON object, values as they stand there; None where it is none.

    The last of two equal names counts.

    >>> members(b'{"batch": [NaN], "sentAt": "x"}')
    {'batch': b'[NaN]', 'sentAt': b'"x"'}
    """
    parts = _parts(text, b"{", b"}")
    if parts is None:
        return None
    found = (_MEMBER.fullmatch(part) for part in parts)
    return {member[1].decode("utf-8", "replace"): member[2] for member in found if member}


def _parts(text: bytes, opening: bytes, closing: bytes) -> list[bytes] | None:
    text = text.strip()
    if not (text.startswith(opening) and text.endswith(closing)):
        return None
    parts = []
    begins = 1
    for at in _separators(text):
        if at < 0:
            return None
        parts.append(text[begins:at].strip())
        begins = at + 1
    return [] if parts == [b""] else parts


def _separators(text: bytes) -> Iterator[int]:
    """Where the outermost commas are, and its end; -1 where the text goes on behind that, or never ends."""
    depth = 0
    for mark in _MARKS.finditer(text):
        character = mark.group()
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
            if depth == 0:
                yield mark.start() if mark.end() == len(text) else -1
                return
        elif character == b"," and depth == 1:
            yield mark.start()
    yield -1
