"""Reads what the demo shows, as any client would: the API with a read key, and the services' metrics."""

from typing import Final

import httpx
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from schemas.changes import ScoreChange, State
from schemas.time import SECOND, Instant
from services.alerts.answers import AlertPage
from services.api.answers import AccountPage
from services.cli.demonstration.scene import Director
from services.runtime.instance import Run
from services.runtime.scopes import Scope

ACCOUNTS: Final = 40  # more than a tall terminal shows
ALERTS: Final = 50  # the newest: more than are raised in the minutes that anybody watches
SECONDS_TO_ANSWER: Final = 10.0

Samples = dict[str, dict[str, float]]  # metric -> label value -> value


class _Changes(msgspec.Struct, frozen=True):
    items: list[ScoreChange]
    next_cursor: str


class Poll:
    """One reader of one instance. What is not answered, since it is being restarted, is asked again the next time."""

    def __init__(self, client: httpx.AsyncClient, run: Run, director: Director) -> None:
        self._client = client
        self._run = run
        self._director = director
        self._headers = {"Authorization": f"Bearer {run.keys[Scope.READ]}"}
        self._cursor = "latest"

    async def once(self, now: Instant) -> None:
        """Ask for everything once."""
        try:
            accounts = await self._get("/v1/accounts", {"limit": str(ACCOUNTS)})
            self._director.rank(msgspec.json.decode(accounts, type=AccountPage).items)
            await self._changes(now)
            alerts = await self._get("/v1/alerts", {"status": "any", "limit": str(ALERTS)})
            self._director.alert(msgspec.json.decode(alerts, type=AlertPage).items)
            scoring = self._run.scoring_urls[0]
            self._standing(await self._samples(self._run.api_url), await self._samples(scoring), now)
        except httpx.RequestError as away:
            self._director.miss(str(away.request.url.copy_with(path="/", query=None)))
        except httpx.HTTPStatusError as unwell:
            self._director.miss(f"{unwell.request.url.path} ({unwell.response.status_code})")
        else:
            self._director.miss(None)

    async def _changes(self, now: Instant) -> None:
        """The changes since the last time; the first time only from where on."""
        page = msgspec.json.decode(await self._get("/v1/changes", {"since": self._cursor}), type=_Changes)
        self._cursor = page.next_cursor
        self._director.tell(page.items, now)

    def _standing(self, api: Samples, scoring: Samples, now: Instant) -> None:
        states = {State(state): int(count) for state, count in api.get("kizashi_accounts", {}).items()}
        stream_times = scoring.get("kizashi_scoring_stream_time_seconds", {}).values()
        behind = [max(0.0, now / SECOND - stream_time) for stream_time in stream_times if stream_time]
        self._director.stand(states, (min(behind), max(behind)) if behind else None)

    async def _get(self, path: str, parameters: dict[str, str]) -> bytes:
        answer = await self._client.get(f"{self._run.api_url}{path}", params=parameters, headers=self._headers)
        answer.raise_for_status()
        return answer.content

    async def _samples(self, url: str) -> Samples:
        answer = await self._client.get(f"{url}/metrics")
        answer.raise_for_status()
        return samples_of(answer.text)


def samples_of(text: str) -> Samples:
    """The samples of an answer of `/metrics` that have at most one label."""
    samples: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if len(sample.labels) <= 1:
                samples.setdefault(sample.name, {})["".join(sample.labels.values())] = sample.value
    return samples
