from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from schemas.changes import Muted, ScoreChange, State, UnknownReason
from services.alerts.why import why_nothing_held
from tests.schemas.test_sentences import CHANGE

MUTE = Muted(reason="on holiday", author="sato", until=datetime(2026, 12, 24, tzinfo=UTC))
UNKNOWN = {"score": None, "state": State.UNKNOWN}


@dataclass(frozen=True)
class Case:
    change: ScoreChange | None
    en: str
    ja: str


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(
                None,
                "Nothing was known of such an account by the end of that day.",
                "その日までに、この顧客の記録はありませんでした。",
            ),
            id="nobody",
        ),
        pytest.param(
            Case(
                replace(CHANGE, mute=MUTE),
                "No rule held for this account on that day: sato had muted it until 24 Dec 2026 (on holiday).",
                "その日に成立したルールはありません。satoが2026年12月24日までミュートしていました（on holiday）。",
            ),
            id="muted",
        ),
        pytest.param(
            Case(
                replace(CHANGE, reason=UnknownReason.CHURNED, **UNKNOWN),
                "No rule held for this account on that day: its risk was not known. A churn is on record.",
                "その日に成立したルールはありません。解約が記録されています。",
            ),
            id="unknown",
        ),
        pytest.param(
            Case(
                replace(CHANGE, score=34.2),
                "No rule held for this account on that day; its risk was 34.",
                "その日に成立したルールはありません。リスクは34でした。",
            ),
            id="not bad enough",
        ),
    ],
)
def test_where_no_rule_held_the_answer_says_what_was_known_of_the_account(case: Case):
    """Of an account that was muted, or whose events were missing, it said that no rule held, and no more."""
    told = why_nothing_held(case.change)
    assert (told.en, told.ja) == (case.en, case.ja)
