"""`GET /v1/accounts` and `GET /v1/accounts/{id}` on real parts."""

from datetime import timedelta

import pytest

from schemas.changes import Facts, State, UnknownReason
from tests.integration.api.conftest import NOON, RunningApi, Write, change, unknown


def at_risk(account_id, score, **more):
    return change(account_id, score=score, band=State.AT_RISK, state=State.AT_RISK, **more)


@pytest.fixture
async def book(write: Write, api: RunningApi) -> RunningApi:
    await write(
        [
            at_risk("kita", 71.5, facts=Facts(name="Kita KK", segment="enterprise", owner="sato")),
            at_risk("aoi", 71.5, facts=Facts(name="Aoi 50%", segment="smb", owner="suzuki")),
            change("minami", facts=Facts(segment="smb", owner="sato")),
            change("nishi", score=3.25, band=State.HEALTHY, state=State.HEALTHY, facts=Facts(segment="enterprise")),
            unknown("higashi", facts=Facts(name="Higashi", owner="sato")),
            change("last"),
        ]
    )
    for name in ("kita", "aoi", "minami", "nishi", "higashi", "last"):
        await api.served(name)
    return api


async def ids(api: RunningApi, question: str) -> list[str]:
    return [item["id"] for item in (await api.get(f"/v1/accounts?{question}")).json()["items"]]


async def test_accounts_are_ranked_by_risk_and_unknown_ones_are_last(book):
    assert await ids(book, "") == ["aoi", "kita", "last", "minami", "nishi", "higashi"]


async def test_filters_hold_together(book):
    wanted = {
        "band=at_risk": ["aoi", "kita"],
        "state=unknown": ["higashi"],
        "state=healthy&state=unknown": ["nishi", "higashi"],
        "segment=enterprise": ["kita", "nishi"],
        "owner=sato&band=at_risk": ["kita"],
        "owner=sato&owner=suzuki&segment=smb": ["aoi", "last", "minami"],
        "q=KITA": ["kita"],
        "q=50%25": ["aoi"],  # a sign of LIKE is only itself
        "q=ashi": ["higashi"],
        "owner=nobody": [],
    }

    assert {question: await ids(book, question) for question in wanted} == wanted


async def test_pages_follow_one_another_without_a_gap(book):
    found, path = [], "/v1/accounts?limit=2&state=watch&state=at_risk&state=unknown"
    while path:
        answer = await book.get(path)
        found += [item["id"] for item in answer.json()["items"]]
        path = answer.links.get("next", {}).get("url")
        assert (path is None) == (answer.json()["next_cursor"] is None)

    assert found == ["aoi", "kita", "last", "minami", "higashi"]


async def test_an_account_of_the_list_can_be_read_in_five_seconds(book):
    item = (await book.get("/v1/accounts?q=minami")).json()["items"][0]

    assert item == {
        "id": "minami",
        "name": None,
        "score": 42.0,
        "scale": "risk, 0 to 100, high is bad",
        "band": "watch",
        "state": "watch",
        "reason": None,
        "sentence": "No activity for 9 days; silence past 4 days is unusual for this account.",
        "contributions": [
            {"signal": "silence", "value": 9.0, "points": 20.25, "limit": 20.0, "sentence": item["sentence"]},
            {
                "signal": "recency",
                "value": 9.0,
                "points": 12.5,
                "limit": 20.0,
                "sentence": "Last active 9 days ago (13 Nov 2026).",
            },
            {
                "signal": "level",
                "value": 9.0,
                "points": 8.0,
                "limit": 20.0,
                "sentence": "9 events in the last 28 days.",
            },
        ],
        "owner": "sato",
        "segment": "smb",
        "arr_cents": None,
        "at": "2026-11-22T12:01:00Z",
        "known_at": "2026-11-22T12:01:00Z",
        "last_event_at": "2026-11-13T12:00:00Z",
    }


async def test_an_unknown_account_says_why_in_the_language_of_the_reader(book):
    answer = await book.get("/v1/accounts?state=unknown", headers={"Accept-Language": "ja-JP, en;q=0.5"})

    (item,) = answer.json()["items"]
    assert answer.headers["Content-Language"] == "ja"
    assert (item["score"], item["reason"], item["sentence"]) == (
        None,
        "never_seen",
        "顧客名簿にありますが、利用の記録がまだ一度も届いていません。",
    )
    assert (await book.get("/v1/accounts?state=unknown&lang=en")).headers["Content-Language"] == "en"


async def test_a_question_that_cannot_be_answered_names_the_field(api):
    wrong = {
        "band=unknown": ["band.0"],
        "state=doomed": ["state.0"],
        "limit=0": ["limit"],
        "limit=201": ["limit"],
        "colour=red": ["colour"],
        "cursor=not-one": ["cursor"],
        "cursor=kqFoAw": ["cursor"],  # of another page
        "q=a%00b": ["q"],
        "lang=de": ["lang"],
    }
    answers = {question: await api.get(f"/v1/accounts?{question}", expect=422) for question in wrong}

    assert {answer.headers["Content-Type"] for answer in answers.values()} == {"application/problem+json"}
    assert {
        question: [error["field"] for error in answer.json()["errors"]] for question, answer in answers.items()
    } == wrong


async def test_an_account_is_served_whole(book):
    found = (await book.get("/v1/accounts/minami")).json()

    assert sum(contribution["points"] for contribution in found["contributions"]) == found["score"] == 42.0
    assert [contribution["signal"] for contribution in found["contributions"]] == [
        *("recency", "silence", "level", "breadth")
    ]
    assert found["contributions"][3]["sentences"] == {
        "en": "Has used 9 features so far.",
        "ja": "これまでに利用した機能は9種類です。",
    }
    assert found["facts"] == {
        **dict.fromkeys(("name", "plan", "seats", "arr_cents", "renewal_on", "time_zone")),
        "segment": "smb",
        "owner": "sato",
    }
    assert found["freshness"]["known_at"] == "2026-11-22T12:01:00Z"
    assert found["last_change"]["sentence"] == "Time passed, or something new was recorded."
    assert found["last_change"]["previous"] == {"score": 40.0, "state": "watch", "at": "2026-11-22T12:00:00Z"}


async def test_polling_costs_nothing_until_something_changes(book, write):
    await book.served("minami")
    tag = (await book.get("/v1/accounts/minami")).headers["ETag"]

    assert (await book.get("/v1/accounts/minami", headers={"If-None-Match": tag}, expect=304)).content == b""
    japanese = await book.get("/v1/accounts/minami?lang=ja", headers={"If-None-Match": tag})
    assert japanese.headers["ETag"] != tag  # other bytes, another tag

    await write([change("minami", 2)])
    await book.served("minami", 2)
    assert (await book.get("/v1/accounts/minami", headers={"If-None-Match": tag})).headers["ETag"] != tag


async def test_an_id_may_hold_anything(api, write):
    await write([change("東京/1号 ?#")])

    assert (await api.served("%E6%9D%B1%E4%BA%AC%2F1%E5%8F%B7%20%3F%23"))["id"] == "東京/1号 ?#"


async def test_an_account_that_is_not_known_is_not_found(api):
    for path in ("nobody", "a%00b", "nobody/changes"):
        assert (await api.get(f"/v1/accounts/{path}", expect=404)).json()["code"] == "unknown_account"


async def test_history_is_newest_first_and_can_be_asked_as_of_a_moment(api, write):
    await write([change("kita", sequence, score=float(sequence)) for sequence in range(1, 6)])
    await api.served("kita", 5)

    first = (await api.get("/v1/accounts/kita/changes?limit=3")).json()
    second = (await api.get(f"/v1/accounts/kita/changes?limit=3&cursor={first['next_cursor']}")).json()
    as_of = (
        await api.get(f"/v1/accounts/kita/changes?as_of={(NOON + timedelta(minutes=2)):%Y-%m-%dT%H:%M:%SZ}")
    ).json()

    beyond = await api.get("/v1/accounts/kita/changes?as_of=0001-01-01T00:00:00%2B23:00", expect=422)

    assert beyond.json()["errors"][0]["field"] == "as_of"
    assert [item["sequence"] for item in first["items"] + second["items"]] == [5, 4, 3, 2, 1]
    assert second["next_cursor"] is None
    assert [item["sequence"] for item in as_of["items"]] == [2, 1]


async def test_unknown_keeps_its_reason(api, write):
    await write([unknown("kita", UnknownReason.CHURNED)])

    assert (await api.served("kita"))["sentences"] == {"en": "A churn is on record.", "ja": "解約が記録されています。"}
