"""PostHog's API as its SDKs use it, and what its browser SDK asks before it sends.

The old routes answer 200 whatever became of an event; the new one tells it for each, by its uuid. Nothing is offered
beside ingest: no feature flags, no surveys, no recordings.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from schemas.dead_letters import DeadLetterReason
from services.ingest.core.verdict import Admitted, Refused
from services.ingest.dialects.posthog import ROUTES, V1, uuid_of
from services.ingest.front_door import Decided
from services.ingest.routes.reply import Reply, in_json
from services.ingest.routes.taking import Way

_CONFIGURATION: Final[dict[str, Any]] = {
    "analytics": {"endpoint": "/e/"},
    "supportedCompression": ["gzip", "gzip-js"],
    "hasFeatureFlags": False,
    "sessionRecording": False,
    "surveys": False,
    "productTours": False,
    "heatmaps": False,
    "captureDeadClicks": False,
    "capturePerformance": False,
    "errorTracking": {"autocaptureExceptions": False},
    "siteApps": [],
    "isAuthenticated": False,
    "toolbarParams": {},
}
_SUCCESS: Final = in_json(b'{"success":true,"status":1}')
_FLAGS: Final[dict[str, Any]] = {
    "flags": {},
    "featureFlags": {},
    "featureFlagPayloads": {},
    "errorsWhileComputingFlags": False,
}


def _success(_: Sequence[Decided]) -> Reply:
    return _SUCCESS


def _results(decided: Sequence[Decided]) -> Reply:
    named = ((uuid_of(item), decision) for item, _, decision in decided)
    results = {uuid: _result(decision) for uuid, decision in named if uuid is not None}
    return in_json(msgspec.json.encode({"results": results}))


def _result(decision: Admitted | Refused) -> dict[str, str]:
    if isinstance(decision, Admitted):
        return {"result": "ok"}
    waits = decision.reason is DeadLetterReason.UNATTRIBUTED  # it is put back once the user is known
    return {"result": "warning" if waits else "drop", "details": decision.detail}


async def _configuration(key: str) -> Response:  # noqa: ARG001 - the same for every key
    return JSONResponse(_CONFIGURATION)


async def _flags() -> Response:
    return JSONResponse(_FLAGS)


def _router() -> APIRouter:
    router = APIRouter(include_in_schema=False)  # described in openapi.py
    router.add_api_route("/array/{key}/config", _configuration, methods=["GET"])
    for path in ("/flags", "/flags/", "/decide", "/decide/"):
        router.add_api_route(path, _flags, methods=["POST"])
    return router


ways = [Way(path, dialect, _results if path == V1 else _success) for path, dialect in ROUTES.items()]
router = _router()
