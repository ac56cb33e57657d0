"""What ingest says may be asked, and much that it does not: never a failure of ours."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from services.ingest.app import create_app
from services.ingest.front_door import FrontDoor
from services.ingest.settings import IngestBlock
from services.runtime.keys import KeyRing, make_key
from services.runtime.scopes import Scope
from tests.services.ingest.doubles import ListOutbox

KEY, KEPT = make_key(Scope.INGEST, "web")
APP = create_app(FrontDoor(ListOutbox(), IngestBlock(key_events_a_minute=10**9)), KeyRing({KEPT.id: KEPT}), {})
SECONDS = 30.0
CALM: dict[str, Any] = {
    "suppress_health_check": list(HealthCheck),
    "deadline": None,
}  # however busy the machine

ingest = schemathesis.openapi.from_asgi("/openapi.json", APP)


def ask(case: Any) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {KEY}"}, checks=[not_a_server_error], timeout=SECONDS)


@ingest.parametrize()
@settings(max_examples=10, derandomize=True, **CALM)  # of each of thirty operations
def test_ingest_never_fails(case):
    ask(case)


@pytest.mark.soak
@ingest.parametrize()
@settings(max_examples=300, **CALM)
def test_ingest_never_fails_however_long_it_is_asked(case):
    ask(case)
