"""Bodies that came compressed, unpacked within bounds: a bomb is put down at the first byte past the limit.

How a body is compressed is told by its first bytes, which no JSON begins with: SDKs compress without saying so, and say
so without compressing. Only raw deflate has no such sign, and is believed on the word of `Content-Encoding`.
"""

import zlib
from collections.abc import Callable
from http import HTTPStatus

import cramjam

from services.runtime.problems import Problem

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")  # one for each level of compression
_ANY_WINDOW, _RAW_WINDOW = zlib.MAX_WBITS | 32, -zlib.MAX_WBITS  # zlib's numbers for "gzip or zlib" and for "neither"
_ZSTD_NAME = "zstd"
_CUT_OFF = "it is cut off"
_JSON = (b"{", b"[")


class NotCompressed(Problem):
    """It begins like something compressed, and cannot be unpacked."""

    def __init__(self, kind: str, why: object) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, "malformed", f"The body looks like {kind} and is not ({why}).")


class TooLarge(Problem):
    """It is larger than a body may be."""

    def __init__(self, limit: int) -> None:
        detail = f"The body is larger than {limit} bytes. Send smaller batches."
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", detail)


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """The body as it was before it was compressed, if it was. Raises `Problem`: 413, 400."""
    if body.startswith(_JSON):
        return body
    if body.startswith((_GZIP, *_ZLIB)):
        return _inflated("gzip" if body.startswith(_GZIP) else "deflate", body, limit, _ANY_WINDOW)
    if body.startswith(_ZSTD):
        return _from_zstd(body, limit)
    if encoding == "deflate" and not body.lstrip().startswith(_JSON):
        return _inflated("deflate", body, limit, _RAW_WINDOW)
    return body


def _inflated(kind: str, body: bytes, limit: int, window: int) -> bytes:
    """All members of a gzip file, one after the other."""
    plain = b""
    while body:
        member = zlib.decompressobj(window)
        try:
            plain += member.decompress(body, limit - len(plain) + 1)
        except zlib.error as error:
            raise NotCompressed(kind, error) from error
        if len(plain) > limit:
            raise TooLarge(limit)
        if not member.eof:
            raise NotCompressed(kind, _CUT_OFF)
        body = member.unused_data
    return plain


def _from_zstd(body: bytes, limit: int) -> bytes:
    """Into a buffer of the limit and one byte more: what does not fit is too large."""
    plain = bytearray(limit + 1)
    into: Callable[[bytes, bytearray], int] = cramjam.zstd.decompress_into
    try:
        size = into(body, plain)
    except cramjam.DecompressionError as error:
        if "whole buffer" in str(error):
            raise TooLarge(limit) from error
        raise NotCompressed(_ZSTD_NAME, error) from error
    if size > limit:
        raise TooLarge(limit)
    return bytes(plain[:size])
