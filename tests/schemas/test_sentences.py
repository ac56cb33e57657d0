"""What a customer success manager reads about an account."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from schemas.changes import (
    Before,
    Cause,
    CauseKind,
    Contribution,
    Facts,
    Overridden,
    ScoreChange,
    State,
    UnknownReason,
)
from schemas.sentences import (
    Language,
    Sentence,
    cause_sentence,
    change_sentence,
    contribution_sentence,
    headline,
    unknown_sentence,
)

CHANGE = ScoreChange(
    id="log:0:7:acme:0",
    account_id="acme",
    sequence=2,
    at=datetime(2026, 11, 22, tzinfo=UTC),
    known_at=datetime(2026, 11, 22, tzinfo=UTC),
    cause=Cause(kind=CauseKind.TICK, partition=0, offset=7),
    score=61.5,
    band=State.AT_RISK,
    state=State.AT_RISK,
    reason=None,
    confidence=1.0,
    contributions=(),
    previous=None,
    facts=Facts(seats=25),
    first_event_at=datetime(2026, 3, 1, 9, tzinfo=UTC),
    last_event_at=datetime(2026, 11, 13, tzinfo=UTC),
    silence_deadline=datetime(2026, 11, 17, tzinfo=UTC),
    scorecard="3-0f343b09",
    engine=1,
)


def seen(signal: str, value: float | None, **change: Any) -> tuple[str, str]:
    contribution = Contribution(signal=signal, value=value, points=4.5, limit=10.0, previous_points=None)
    sentence = contribution_sentence(contribution, replace(CHANGE, **change))
    return sentence.en, sentence.ja


@pytest.mark.parametrize(
    ("signal", "value", "en", "ja"),
    [
        (
            "life_rate",
            3.2,
            "Active on 3.2 of every 30 days since its first event (1 Mar 2026).",
            "利用開始（2026年3月1日）以降、30日あたり平均3.2日利用しています。",
        ),
        (
            "recency",
            9.0,
            "Last active 9 days ago (13 Nov 2026).",
            "最後の利用（2026年11月13日）から9日経過しています。",
        ),
        (
            "recency",
            0.0,
            "Active within the last day (13 Nov 2026).",
            "直近1日以内に利用がありました（2026年11月13日）。",
        ),
        (
            "silence",
            9.0,
            "No activity for 9 days; silence past 4 days is unusual for this account.",
            "9日間利用がありません。この顧客で利用が4日を超えて途切れることは通常ありません。",
        ),
        ("level", 1234.0, "1,234 events in the last 28 days.", "直近28日間のイベントは1,234件です。"),
        ("level", 1.0, "1 event in the last 28 days.", "直近28日間のイベントは1件です。"),
        ("level", 0.0, "No events in the last 28 days.", "直近28日間、イベントがありません。"),
        (
            "decline",
            6.25,
            "6.2 active days fewer than usual for it in recent weeks.",
            "直近数週間の利用日数は、この顧客のこれまでの水準を合計6.2日下回っています。",
        ),
        (
            "decline",
            0.0,
            "As active in recent weeks as in its own past.",
            "直近数週間の利用日数は、この顧客のこれまでの水準を保っています。",
        ),
        (
            "active_users",
            3.0,
            "3 users active in the last 28 days (25 seats).",
            "直近28日間に利用したユーザーは3人です（契約25席）。",
        ),
        (
            "active_users",
            0.0,
            "No user active in the last 28 days (25 seats).",
            "直近28日間に利用したユーザーはいません（契約25席）。",
        ),
        ("breadth", 4.0, "Has used 4 features so far.", "これまでに利用した機能は4種類です。"),
        ("breadth", 0.0, "Has used none of the features so far.", "これまでに利用した機能はありません。"),
        (
            "tickets",
            2.0,
            "The signal “tickets” (2) adds 4.5 of at most 10 points.",
            "シグナル「tickets」（値 2）により4.5点加算されています（最大10点）。",
        ),
        (
            "tickets",
            None,
            "The signal “tickets” adds 4.5 of at most 10 points.",
            "シグナル「tickets」により4.5点加算されています（最大10点）。",
        ),
        (
            "breadth",
            None,
            "Nothing is known yet about the features it uses.",
            "利用している機能の幅については、まだ判断できる情報がありません。",
        ),
    ],
)
def test_a_signal_is_one_plain_sentence(signal: str, value: float | None, en: str, ja: str) -> None:
    assert seen(signal, value) == (en, ja)


def test_silence_before_its_deadline_is_said_to_be_usual() -> None:
    assert seen("silence", 2.0, at=datetime(2026, 11, 15, tzinfo=UTC)) == (
        "No activity for 2 days; up to 4 days of silence is usual for this account.",
        "2日間利用がありません。この顧客では4日までの空白は通常の範囲内です。",
    )


def test_a_short_rhythm_is_told_in_hours() -> None:
    assert seen("silence", 0.0, silence_deadline=datetime(2026, 11, 13, 6, tzinfo=UTC))[0] == (
        "Active within the last day; silence past 6 hours is unusual for this account."
    )


def test_silence_without_a_rhythm_of_its_own_names_none() -> None:
    assert seen("silence", 1.0, silence_deadline=None) == ("No activity for 1 day.", "1日間利用がありません。")


def test_what_is_not_known_is_left_out() -> None:
    assert seen("life_rate", 3.0, first_event_at=None)[0] == "Active on 3 of every 30 days."
    assert seen("active_users", 1.0, facts=Facts())[0] == "1 user active in the last 28 days."


@pytest.mark.parametrize("reason", list(UnknownReason))
def test_every_reason_to_be_unknown_has_a_sentence(reason: UnknownReason) -> None:
    sentence = unknown_sentence(reason, CHANGE)
    assert sentence.en.endswith(".")
    assert sentence.ja.endswith("。")


def test_too_new_says_since_when() -> None:
    assert unknown_sentence(UnknownReason.TOO_NEW, CHANGE) == Sentence(
        en="Too new to score: first active on 1 Mar 2026.",
        ja="利用開始（2026年3月1日）から日が浅いため、まだスコアを出していません。",
    )


@pytest.mark.parametrize("kind", list(CauseKind))
def test_every_cause_has_a_sentence(kind: CauseKind) -> None:
    cause = Cause(kind=kind, partition=0, offset=7, event_name="payment_failed")
    sentence = cause_sentence(replace(CHANGE, cause=cause))
    assert sentence.en.endswith(".")
    assert sentence.ja.endswith("。")


def test_a_sentence_is_told_in_the_language_asked_for() -> None:
    sentence = Sentence(en="Yes.", ja="はい。")
    assert [sentence.told(language) for language in Language] == ["Yes.", "はい。"]


def test_the_headline_is_what_adds_most() -> None:
    contributions = tuple(
        Contribution(signal=signal, value=3.0, points=points, limit=20.0, previous_points=None)
        for signal, points in (("level", 1.0), ("breadth", 6.5), ("recency", 2.0))
    )
    assert headline(replace(CHANGE, contributions=contributions)).en == "Has used 3 features so far."


def test_the_headline_of_an_unknown_account_says_why() -> None:
    change = replace(CHANGE, state=State.UNKNOWN, reason=UnknownReason.CHURNED)
    assert headline(change).en == "A churn is on record."


def test_an_account_without_risk_says_so() -> None:
    assert headline(CHANGE) == Sentence(en="Nothing points to a risk.", ja="リスクを示す兆候はありません。")


BEFORE = Before(score=41.2, state=State.WATCH, at=datetime(2026, 11, 21, tzinfo=UTC))
USED = Contribution(signal="breadth", value=6.0, points=4.0, limit=20.0, previous_points=9.5, previous_value=3.0)
MOVED = tuple(
    Contribution(signal=signal, value=9.0, points=points, limit=20.0, previous_points=before)
    for signal, points, before in (("level", 15.0, 14.0), ("silence", 12.5, 4.0), ("recency", 9.0, None))
)
OVERRIDE = Overridden(
    computed=State.HEALTHY, reason="A new head of IT.", author="sato", until=datetime(2027, 1, 31, tzinfo=UTC)
)
LATE = Cause(kind=CauseKind.LATE, partition=0, offset=7)
STALE = {"score": None, "state": State.UNKNOWN, "reason": UnknownReason.TELEMETRY_STALE}


@pytest.mark.parametrize(
    ("different", "en", "ja"),
    [
        pytest.param(
            {},
            "Risk up from 41 to 62. Last active 9 days ago (13 Nov 2026).",
            "リスクが41から62に上がりました。最後の利用（2026年11月13日）から9日経過しています。",
            id="up",
        ),
        pytest.param(
            {"score": 12.0, "contributions": MOVED[:1]},
            "Risk down from 41 to 12. 9 events in the last 28 days.",
            "リスクが41から12に下がりました。直近28日間のイベントは9件です。",
            id="down",
        ),
        pytest.param(
            {"score": 36.7, "contributions": (USED, *MOVED[:1])},
            "Risk down from 41 to 37. Has used 6 features so far (before: 3 features).",
            "リスクが41から37に下がりました。これまでに利用した機能は6種類です（変化前は3種類）。",
            id="from what to what",
        ),
        pytest.param(
            {"score": 42.2, "contributions": (replace(USED, points=9.0), *MOVED[:1])},
            "Risk up from 41 to 42. 9 events in the last 28 days.",
            "リスクが41から42に上がりました。直近28日間のイベントは9件です。",
            id="not what moved the other way",
        ),
        pytest.param(
            {"previous": replace(BEFORE, score=None), "contributions": MOVED[:1]},
            "9 events in the last 28 days.",
            "直近28日間のイベントは9件です。",
            id="nothing to compare with: what adds most",
        ),
        pytest.param(
            {"score": 41.4, "contributions": MOVED[:1]},
            "9 events in the last 28 days.",
            "直近28日間のイベントは9件です。",
            id="by less than a point",
        ),
        pytest.param(
            {"previous": None, "contributions": MOVED[:2]},
            "9 events in the last 28 days.",
            "直近28日間のイベントは9件です。",
            id="the first change: what adds most",
        ),
        pytest.param(
            {"cause": LATE},
            "Risk up from 41 to 62. Activity of an earlier day came in late: what was known is revised.",
            "リスクが41から62に上がりました。過去の日の利用記録が遅れて届いたため、内容を見直しました。",
            id="late",
        ),
        pytest.param(
            STALE,
            "Events of a source that it is heard of by are missing: what it does is not known.",
            "データの送信元からイベントが届いていないため、利用状況を判断できません。",
            id="unknown",
        ),
        pytest.param(
            {"override": OVERRIDE, "score": 41.0},
            "Set to at risk by sato until 31 Jan 2027: A new head of IT.",
            "satoが2027年1月31日まで「危険」に設定しました（A new head of IT.）。",
            id="overridden",
        ),
        pytest.param(
            {"contributions": (), "score": 41.0},
            "Nothing points to a risk.",
            "リスクを示す兆候はありません。",
            id="nothing",
        ),
    ],
)
def test_a_change_is_told_in_one_sentence(different: dict[str, Any], en: str, ja: str) -> None:
    change = replace(CHANGE, **{"previous": BEFORE, "contributions": MOVED, **different})
    assert change_sentence(change) == Sentence(en=en, ja=ja)


def test_the_headline_of_an_account_somebody_knows_better_is_their_word() -> None:
    assert headline(replace(CHANGE, override=OVERRIDE)).en.startswith("Set to at risk by sato")


def test_a_signal_whose_events_were_not_counted_before_says_since_when_they_are() -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)
    contribution = Contribution(
        signal="friction", value=None, points=0.0, limit=0.0, previous_points=None, counted_since=since
    )
    assert contribution_sentence(contribution, CHANGE) == Sentence(
        en="Nothing is known yet about the friction it runs into; it is counted since 1 Nov 2026.",
        ja="利用中のつまずきについては、まだ判断できる情報がありません（2026年11月1日から集計しています）。",
    )
