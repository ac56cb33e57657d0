from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from schemas.changes import Before, Cause, CauseKind, Facts, ScoreChange, State
from schemas.time import Instant, moment_of, parse_iso
from services.api.answers import ListedAccount

NOW: Instant = parse_iso("2026-11-22T02:00:00Z")


@pytest.fixture
def account() -> Callable[..., ListedAccount]:
    def listed(number: int, score: float | None, state: State = State.AT_RISK) -> ListedAccount:
        return ListedAccount(
            id=f"cobalt-{number}",
            name=f"Cobalt {number}",
            score=score,
            band=None if score is None else state,
            state=state,
            reason=None,
            sentence="Silent for 12 days.",
            contributions=[],
            owner="team-east",
            segment="mid",
            arr_cents=43_200,
            at=moment_of(NOW),
            known_at=moment_of(NOW),
            last_event_at=datetime(2026, 11, 10, tzinfo=UTC),
        )

    return listed


@pytest.fixture
def change() -> Callable[..., ScoreChange]:
    def changed(
        number: int, before: tuple[float, State] | None, after: tuple[float, State], known_at: Instant = NOW
    ) -> ScoreChange:
        return ScoreChange(
            id=f"log:0:{number}:cobalt:0",
            account_id="cobalt",
            sequence=number,
            at=moment_of(known_at),
            known_at=moment_of(known_at),
            cause=Cause(kind=CauseKind.TICK, partition=0, offset=number),
            score=after[0],
            band=after[1],
            state=after[1],
            reason=None,
            confidence=1.0,
            contributions=(),
            previous=before and Before(score=before[0], state=before[1], at=moment_of(NOW)),
            facts=Facts(name="Cobalt Freight"),
            first_event_at=None,
            last_event_at=None,
            silence_deadline=None,
            scorecard="1-0f343b09",
            engine=1,
        )

    return changed
