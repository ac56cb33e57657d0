"""Segment's API as its SDKs use it: whatever is wrong with a call, the answer to the delivery is 200.

Its SDKs send a delivery again for any other success, and drop it, or end their process, for most failures; so a refused
call is a dead letter, and only a delivery that cannot be taken at all gets a failure.
"""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.ingest.dialects.segment import ROUTES
from services.ingest.front_door import Decided
from services.ingest.routes.reply import Reply, in_json
from services.ingest.routes.taking import Way

_SUCCESS: Final = in_json(b'{"success":true}')


def _success(_: Sequence[Decided]) -> Reply:
    return _SUCCESS


async def _settings(request: Request, key: str) -> Response:
    """Where the browser's SDK sends: here, if it was loaded with this service as its `cdnURL`."""
    url = request.url
    destination = {"apiKey": key, "apiHost": f"{url.netloc}/v1", "protocol": url.scheme}
    return JSONResponse({"integrations": {"Segment.io": destination}, "plan": {}})


ways = [Way(path, dialect, _success) for path, dialect in ROUTES.items()]
router = APIRouter(include_in_schema=False)  # described in openapi.py
router.add_api_route("/v1/projects/{key}/settings", _settings, methods=["GET"])
