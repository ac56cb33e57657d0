"""What the api answers about accounts: the shapes, and how a stored change becomes one of them.

Every score carries its scale, every contribution its sentence. Points are as exact here as in the log: they sum to the
score.
"""

from datetime import date, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict

from schemas.changes import (
    SCALE,
    Activeness,
    Before,
    Cause,
    Contribution,
    Facts,
    Muted,
    Overridden,
    ScoreChange,
    State,
    UnknownReason,
    ValuePointProgress,
)
from schemas.sentences import (
    Language,
    Sentence,
    cause_sentence,
    change_sentence,
    contribution_sentence,
    headline,
)

TOP_CONTRIBUTIONS: Final = 3  # what is read in five seconds


class ListedContribution(Struct, frozen=True, kw_only=True):
    """One of the signals that add most to a score."""

    signal: str
    value: float | None
    points: float
    limit: float
    sentence: str


class ListedAccount(Struct, frozen=True, kw_only=True):
    """An account in the ranked list. `sentence` is the one to read: what adds most, or why the state is unknown."""

    id: str
    name: str | None
    score: float | None
    scale: str = SCALE
    band: State | None
    state: State
    reason: UnknownReason | None
    sentence: str
    contributions: list[ListedContribution]
    owner: str | None
    segment: str | None
    arr_cents: int | None
    at: datetime
    known_at: datetime
    last_event_at: datetime | None


class AccountPage(Struct, frozen=True, kw_only=True):
    """A page of accounts, highest risk first, unknown last. `next_cursor` is null on the last page."""

    items: list[ListedAccount]
    next_cursor: str | None


class DetailedContribution(Struct, frozen=True, kw_only=True):
    """What one signal adds: `points` of at most `limit`, and what it saw and added before."""

    signal: str
    value: float | None
    points: float
    limit: float
    previous_points: float | None
    previous_value: float | None
    counted_since: datetime | None
    sentence: str
    sentences: Sentence


class AccountFactsKnown(Struct, frozen=True, kw_only=True):
    """What is known of an account; null where nothing is."""

    name: str | None
    plan: str | None
    segment: str | None
    seats: int | None
    arr_cents: int | None
    renewal_on: date | None
    owner: str | None
    time_zone: str | None


class LastChange(Struct, frozen=True, kw_only=True):
    """The change that is served, what made it known, and what was served before.

    `sentence` is about the cause, `summary` about all of it: how the risk moved, and what moved it most.
    """

    id: str
    sequence: int
    cause: Cause
    sentence: str
    sentences: Sentence
    summary: str
    summaries: Sentence
    previous: Before | None


class Freshness(Struct, frozen=True, kw_only=True):
    """How fresh an answer is.

    `at` is the instant the score is about, `known_at` when that became known; `lag_records` is how many changes of all
    accounts wait to be served, null while that cannot be found out.
    """

    at: datetime
    known_at: datetime
    first_event_at: datetime | None
    last_event_at: datetime | None
    lag_records: int | None


class AccountDetail(Struct, frozen=True, kw_only=True):
    """All that is served about an account."""

    id: str
    name: str | None
    score: float | None
    scale: str = SCALE
    band: State | None
    state: State
    reason: UnknownReason | None
    sentence: str
    sentences: Sentence
    confidence: float
    contributions: list[DetailedContribution]
    facts: AccountFactsKnown
    freshness: Freshness
    silence_deadline: datetime | None
    last_change: LastChange
    override: Overridden | None
    mute: Muted | None
    value_points: list[ValuePointProgress]
    winning_pattern_on: date | None
    window: Activeness | None
    scorecard: str
    variant: str | None
    engine: int


class Accepted(Struct, frozen=True, kw_only=True):
    """What was said is in the log, acknowledged by Kafka; facts are served once they have been scored."""

    account_id: str
    received_at: datetime
    partition: int
    offset: int


def listed(change: ScoreChange, language: Language) -> ListedAccount:
    """An account as the ranked list shows it."""
    ranked = sorted(change.contributions, key=lambda contribution: -contribution.points)
    return ListedAccount(
        id=change.account_id,
        name=change.facts.name,
        score=change.score,
        band=change.band,
        state=change.state,
        reason=change.reason,
        sentence=headline(change).told(language),
        contributions=[
            ListedContribution(
                signal=contribution.signal,
                value=contribution.value,
                points=contribution.points,
                limit=contribution.limit,
                sentence=contribution_sentence(contribution, change).told(language),
            )
            for contribution in ranked[:TOP_CONTRIBUTIONS]
        ],
        owner=change.facts.owner,
        segment=change.facts.segment,
        arr_cents=change.facts.arr_cents,
        at=change.at,
        known_at=change.known_at,
        last_event_at=change.last_event_at,
    )


def detailed(change: ScoreChange, language: Language, lag_records: int | None) -> AccountDetail:
    """All that is known about an account, contributions in the scorecard's order."""
    why, cause, summary = headline(change), cause_sentence(change), change_sentence(change)
    return AccountDetail(
        id=change.account_id,
        name=change.facts.name,
        score=change.score,
        band=change.band,
        state=change.state,
        reason=change.reason,
        sentence=why.told(language),
        sentences=why,
        confidence=change.confidence,
        contributions=[_detailed(contribution, change, language) for contribution in change.contributions],
        facts=_known(change.facts),
        freshness=Freshness(
            at=change.at,
            known_at=change.known_at,
            first_event_at=change.first_event_at,
            last_event_at=change.last_event_at,
            lag_records=lag_records,
        ),
        silence_deadline=change.silence_deadline,
        last_change=LastChange(
            id=change.id,
            sequence=change.sequence,
            cause=change.cause,
            sentence=cause.told(language),
            sentences=cause,
            summary=summary.told(language),
            summaries=summary,
            previous=change.previous,
        ),
        override=change.override,
        mute=change.mute,
        value_points=list(change.value_points),
        winning_pattern_on=change.winning_pattern_on,
        window=change.window,
        scorecard=change.scorecard,
        variant=change.variant,
        engine=change.engine,
    )


def _detailed(contribution: Contribution, change: ScoreChange, language: Language) -> DetailedContribution:
    sentences = contribution_sentence(contribution, change)
    return DetailedContribution(
        **asdict(contribution),
        sentence=sentences.told(language),
        sentences=sentences,
    )


def _known(facts: Facts) -> AccountFactsKnown:
    """With its nulls, which the contract leaves out: a client of the api finds every field."""
    return AccountFactsKnown(**asdict(facts))
