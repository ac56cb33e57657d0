"""Live events by HTTP, as any product sends them: in order, and again until they are accepted.

SendingRefused   the key or the events are not accepted: sending them again would not help
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import httpx

from schemas.time import iso
from services.cli.simulation.account import Happening

PATIENCE: Final = (0.2, 0.5, 1.0, 2.0)  # seconds between tries; the last one again and again
_PASSES = frozenset({408, 425, 429, 500, 502, 503, 504})  # the other side asks to come again


class SendingRefused(Exception):
    """The front door said no, and will say it again."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"ingest answered {answer.status_code}: {answer.text[:500]}")


class Sender:
    """Sends events to one instance. `accepted` and `refused` count them; `trouble` says why it waits, if it does."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        key: str,
        report: Callable[[str], None],
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        self._client = client
        self._url = f"{url}/v1/events"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._report = report
        self._patience = patience
        self.accepted = 0
        self.refused = 0
        self.trouble: str | None = None

    async def send(self, happenings: Sequence[Happening]) -> None:
        """Return when every event has been decided on. Raises SendingRefused."""
        body = [body_of(happening) for happening in happenings]
        tries = 0
        while (results := await self._post(body)) is None:
            await asyncio.sleep(self._patience[min(tries, len(self._patience) - 1)])
            tries += 1
        refused = sum(result["status"] == "refused" for result in results)
        self.refused += refused
        self.accepted += len(results) - refused

    async def _post(self, body: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
        """The result for each event, or None where it is worth trying again: ids make a repetition harmless."""
        try:
            answer = await self._client.post(self._url, json=body, headers=self._headers)
        except httpx.TransportError as away:
            self._wait(f"ingest cannot be reached ({type(away).__name__})")
            return None
        if answer.status_code in _PASSES:
            self._wait(f"ingest answers {answer.status_code}")
            return None
        if answer.is_error:
            raise SendingRefused(answer)
        if self.trouble is not None:
            self.trouble = None
            self._report("Ingest takes events again")
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def _wait(self, why: str) -> None:
        if self.trouble != why:
            self.trouble = why
            self._report(f"Waiting: {why}")


def body_of(happening: Happening) -> dict[str, Any]:
    """An event as a producer writes it. Its id depends on what happened alone: sent again, it counts once."""
    at = iso(happening.occurred_at)
    return {
        "account_id": happening.account_id,
        "user_id": happening.user_id,
        "event_name": happening.event_name,
        "feature": happening.feature,
        "timestamp": at,
        "message_id": f"{happening.user_id}/{at}/{happening.event_name}",
    }
