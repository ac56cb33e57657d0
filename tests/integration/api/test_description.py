"""The api describes itself, and its answers are what it says."""

import re

from jsonschema import Draft202012Validator

from tests.integration.api.conftest import change, unknown


def answer_schema(document, path: str, status: str = "200"):
    """The published shape of an answer, able to stand alone."""
    (content,) = document["paths"][path]["get"]["responses"][status]["content"].values()
    return {**content["schema"], "components": document["components"]}


async def test_answers_fit_their_published_shape(api, write):
    await write([change("kita", 1), change("kita", 2), unknown("aoi")])
    await api.served("kita", 2)
    await api.served("aoi")
    document = (await api.read.get("/openapi.json")).json()

    for path in (
        "/v1/accounts",
        "/v1/accounts/{account_id}",
        "/v1/accounts/{account_id}/changes",
        "/v1/changes",
        "/v1/dead-letters",
        "/v1/sources",
    ):
        answer = (await api.get(path.format(account_id="kita"))).json()
        Draft202012Validator(answer_schema(document, path)).validate(answer)
    problem = (await api.get("/v1/accounts?limit=x", expect=422)).json()
    Draft202012Validator(answer_schema(document, "/v1/accounts", "422")).validate(problem)


async def test_every_route_is_described_with_a_key_and_an_example(api):
    document = (await api.read.get("/openapi.json")).json()
    paths = document["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]

    assert {"/v1/accounts", "/v1/accounts/{account_id}", "/v1/changes", "/v1/dead-letters", "/v1/sources"} <= set(paths)
    assert all(operation["security"] == [{"key": []}] and operation["summary"] for operation in operations)
    for shape in ("AccountPage", "AccountDetail", "ChangePage", "Accepted"):
        schema = document["components"]["schemas"][shape]
        Draft202012Validator({**schema, "components": document["components"]}).validate(schema["example"])


async def test_the_page_for_people_asks_nobody_else(api):
    page = (await api.read.get("/docs")).text
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)

    assert len(loaded) == 3
    assert re.findall(r"(?:https?:)?//[^\s\"']+", page) == []
    assert {(await api.read.get(path)).status_code for path in loaded} == {200}


async def test_metrics_count_what_was_served(api, write):
    await write([change("kita")])
    await api.served("kita")
    shown = (await api.read.get("/metrics")).text

    assert 'kizashi_api_changes_total{outcome="new"}' in shown
    assert 'kizashi_api_request_seconds_count{method="GET",route="/v1/accounts/{account_id}",status="200"}' in shown
    assert 'kizashi_accounts{state="at_risk"}' in shown
    assert "kita" not in shown
