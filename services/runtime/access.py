"""Who may call a route: the keys that a request presents, and a dependency that asks for a scope."""

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request

from services.runtime.keys import Key, KeyRing
from services.runtime.problems import Problem
from services.runtime.scopes import Scope

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="kizashi"'}


def presented_key(headers: Mapping[str, str]) -> str | None:
    """The key in an Authorization header: as Bearer, or as the user name of Basic, as event SDKs send it."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    match kind.lower():
        case "bearer":
            return value.strip() or None
        case "basic":
            try:
                return b64decode(value, validate=True).decode().partition(":")[0] or None
            except (binascii.Error, UnicodeDecodeError):
                return None
        case _:
            return None


def let_in(ring: KeyRing, text: str | None, scope: Scope) -> Key:
    """The key, if it may do what `scope` is for. Raises Problem: 401, 403, or 503 while no key is known yet."""
    if not ring.is_loaded:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "keys_unknown",
            "The keys could not be read from the database yet. Try again.",
            headers={"Retry-After": "2"},
        )
    key = ring.verify(text) if text else None
    if key is None:
        detail = (
            "This needs an API key: Authorization: Bearer kzs_…"
            if text is None
            else "This API key is not known here, or was revoked."
        )
        raise Problem(HTTPStatus.UNAUTHORIZED, "unauthorized", detail, headers=_CHALLENGE)
    if not key.scope.allows(scope):
        detail = f"This needs a key with the scope {scope}; this one has {key.scope}."
        raise Problem(HTTPStatus.FORBIDDEN, "forbidden", detail)
    return key


def require(scope: Scope) -> Callable[[Request], Awaitable[Key]]:
    """A FastAPI dependency: the caller's key, which has the scope. The app has the key ring in `state.keys`."""

    async def caller(request: Request) -> Key:
        return let_in(request.app.state.keys, presented_key(request.headers), scope)

    return caller
