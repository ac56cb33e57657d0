"""The identity of an event: what makes a second arrival of the same one recognisable."""

from hashlib import blake2b


def identity(source: str, message_id: str) -> int:
    """64 bits of (source, message id). Neither may hold U+0000, which stands between them here.

    >>> identity("web", "m1") == identity("web", "m1"), identity("web", "m1") == identity("webm", "1")
    (True, False)
    """
    return int.from_bytes(blake2b(f"{source}\0{message_id}".encode(), digest_size=8).digest(), "big")
