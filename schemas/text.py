"""What an id or a name may hold, wherever it comes in: what breaks a table or a terminal is refused."""

import re

LONGEST = 255  # characters of an id or a name
LONGEST_NOTE = 4_000
ALLOWED = (
    r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"  # for contracts: JSON Schema's regular expressions know it, too
)

# Controls (PostgreSQL cannot hold U+0000), line and paragraph separators, halves of surrogate pairs (not UTF-8).
_FORBIDDEN = re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]")

_LAYOUT = {ord(character): " " for character in "\n\r\t"}  # of the same length, so that positions stay


def flaw(text: str) -> str | None:
    r"""What is wrong with an id or a name, as the rest of a sentence that begins with its field; None if nothing is.

    >>> flaw("Ångström & Söhne, 東京")
    >>> flaw("")
    'is empty'
    >>> flaw("a" * 256)
    'has 256 characters, and at most 255 fit'
    >>> flaw("acme\n")
    'holds U+000A at position 5: send it without control characters'
    """
    if not text:
        return "is empty"
    if len(text) > LONGEST:
        return f"has {len(text)} characters, and at most {LONGEST} fit"
    return _forbidden(text)


def note_flaw(text: str) -> str | None:
    r"""What is wrong with a note: as `flaw`, but it may be empty, longer, and have lines and tabs.

    >>> note_flaw("Called.\n\tThey will renew.")
    """
    if len(text) > LONGEST_NOTE:
        return f"has {len(text)} characters, and at most {LONGEST_NOTE} fit"
    return _forbidden(text.translate(_LAYOUT))


def _forbidden(text: str) -> str | None:
    if text.isprintable():  # the quick answer; also false for harmless things, such as joiners in emoji
        return None
    found = _FORBIDDEN.search(text)
    if found is None:
        return None
    what = f"U+{ord(found.group()):04X} at position {found.start() + 1}"
    if "\ud800" <= found.group() <= "\udfff":
        return f"holds {what}, half of a character: send UTF-8"
    return f"holds {what}: send it without control characters"
