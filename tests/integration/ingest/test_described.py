"""What the descriptions say may be asked, and much that they do not: never a failure of ours."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from services.ingest.app import create_app
from services.ingest.front_door import FrontDoor
from services.ingest.settings import IngestBlock
from services.runtime.keys import KeyRing, Scope, make_key
from tests.integration.conftest import Instance
from tests.services.ingest.doubles import ListOutbox

KEY, KEPT = make_key(Scope.INGEST, "web")
APP = create_app(FrontDoor(ListOutbox(), IngestBlock(key_events_a_minute=10**9)), KeyRing({KEPT.id: KEPT}), {})
SECONDS = 30.0

ingest = schemathesis.openapi.from_asgi("/openapi.json", APP)


def ask(case: Any, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    case.call_and_validate(headers=headers, checks=[not_a_server_error], timeout=SECONDS)


@ingest.parametrize()
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
def test_ingest_never_fails(case):
    ask(case, KEY)


@pytest.mark.soak
@ingest.parametrize()
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_ingest_never_fails_however_long_it_is_asked(case):
    ask(case, KEY)


def machine(instance: Instance, examples: int) -> None:
    """Ask the api in sequences, in which answers of one request go into the next."""
    url, key = instance.run["api_url"], instance.run["keys"]["admin"]
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")

    class Asking(schema.as_state_machine()):  # type: ignore[misc] # made from the description
        def get_call_kwargs(self, case):  # noqa: ARG002 - by the port
            return {"headers": {"Authorization": f"Bearer {key}"}, "timeout": SECONDS}

        def validate_response(self, response, case, additional_checks=(), **kwargs):  # noqa: ARG002 - by the port
            assert response.status_code != httpx.codes.INTERNAL_SERVER_ERROR, response.text

    Asking.run(settings=settings(max_examples=examples, suppress_health_check=list(HealthCheck)))


def test_the_api_never_fails(instance: Instance):
    machine(instance, 5)


@pytest.mark.soak
def test_the_api_never_fails_however_long_it_is_asked(instance: Instance):
    machine(instance, 200)
