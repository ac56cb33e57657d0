"""What the api says may be asked, and much that it does not, in sequences: never a failure of ours."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok

from schemas.conditions import Status
from services.runtime.scopes import Scope
from services.runtime.server import background_server
from tests.integration.alerts.conftest import Running
from tests.services.alerts.core.lives import condition

SECONDS = 60.0
Ask = Callable[[str, str, settings], Counter[str]]
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")  # of schemathesis
CALM: dict[str, Any] = {
    "suppress_health_check": list(HealthCheck),
    "deadline": None,
}  # however busy the machine


def ask_each(url: str, key: str, how: settings) -> Counter[str]:
    """Ask each operation by itself, what it says may be asked and what it does not; how often."""
    asked: Counter[str] = Counter()
    for found in schemathesis.openapi.from_url(f"{url}/openapi.json").get_all_operations():
        assert isinstance(found, Ok), found

        @given(found.ok().as_strategy())
        @how
        def one(case: Any) -> None:
            asked[case.operation.label] += 1
            response = case.call(headers=_with(key), timeout=SECONDS)
            assert response.status_code != httpx.codes.INTERNAL_SERVER_ERROR, response.text  # 503: Kafka is slow

        one()
    return asked


def ask_in_sequences(url: str, key: str, how: settings) -> Counter[str]:
    """Ask in sequences, in which what one request answers goes into the next; how often."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    asked: Counter[str] = Counter()

    class Asking(schema.as_state_machine()):  # type: ignore[misc] # made from the description
        def get_call_kwargs(self, case):  # noqa: ARG002 - by the port
            return {"headers": _with(key), "timeout": SECONDS}

        def validate_response(self, response, case, additional_checks=(), **kwargs):  # noqa: ARG002 - by the port
            asked[case.operation.label] += 1
            assert response.status_code != httpx.codes.INTERNAL_SERVER_ERROR, response.text

    Asking.run(settings=how)
    return asked


def _with(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def asked(alerts: Running, hears: Any, ask: Ask, how: settings) -> Counter[str]:
    await hears(condition(Status.OPENED))
    await alerts.alert()
    async with background_server(alerts.app, "127.0.0.1", 0) as port:
        return await asyncio.to_thread(ask, f"http://127.0.0.1:{port}", alerts.keys[Scope.ADMIN], how)


async def test_the_api_never_fails(alerts, hears):
    requests = await asked(alerts, hears, ask_each, settings(max_examples=6, derandomize=True, **CALM))

    assert requests.total() > 200
    assert {"GET /v1/accounts", "GET /v1/changes", "POST /v1/webhooks"} <= requests.keys()


async def test_the_api_never_fails_when_one_thing_leads_to_another(alerts, hears):
    how = settings(max_examples=4, stateful_step_count=50, derandomize=True, **CALM)

    assert (await asked(alerts, hears, ask_in_sequences, how)).total() > 100


@pytest.mark.soak
@pytest.mark.parametrize("ask", [ask_each, ask_in_sequences])
async def test_the_api_never_fails_however_long_it_is_asked(alerts, hears, ask):
    how = settings(max_examples=300, stateful_step_count=20, **CALM)

    assert (await asked(alerts, hears, ask, how)).total() > 5_000
