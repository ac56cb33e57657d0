"""The contracts, from the service itself: AsyncAPI for the topics, JSON Schema for each."""

from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

import schemas
from services.runtime.problems import Problem

_GENERATED: Final = Path(schemas.__file__).parent / "generated"
_TEXTS: Final = {path.name: path.read_bytes() for path in sorted(_GENERATED.glob("*.json"))}
_ASYNCAPI: Final = "asyncapi.json"

router = APIRouter(include_in_schema=False)  # described in openapi.py


@router.get(f"/{_ASYNCAPI}")
async def asyncapi() -> Response:
    """Every topic: who writes it, its key, its record, how long it lasts."""
    return Response(_TEXTS[_ASYNCAPI], media_type="application/json")


@router.get("/schemas")
async def names() -> Response:
    """What there is."""
    return JSONResponse({"schemas": [f"/schemas/{name}" for name in _TEXTS if name != _ASYNCAPI]})


@router.get("/schemas/{name}")
async def schema(name: str) -> Response:
    """One of them. Raises `Problem`: 404."""
    if name not in _TEXTS or name == _ASYNCAPI:
        raise Problem(HTTPStatus.NOT_FOUND, "not_found", f"There is no schema {name!r:.80}: GET /schemas lists them.")
    return Response(_TEXTS[name], media_type="application/schema+json")
