"""Why somebody was not alerted of an account on a day: which rules held, and what held each back."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.changes import ScoreChange
from schemas.codec import decode_condition, decode_score_change
from schemas.conditions import Condition, Status
from schemas.phrases import day_told, number
from schemas.sentences import Sentence, unknown_sentence
from schemas.time import instant_of
from services.alerts.answers import RuleThen, WhyNot, deliveries_told
from services.alerts.core.alert import Alert, Quiet
from services.alerts.queries import reading, record

_QUIET: Final = {
    Quiet.MUTED: Sentence(en="the account was muted", ja="この顧客はミュートされていました"),
    Quiet.SNOOZED: Sentence(en="the alert was snoozed", ja="アラートはスヌーズ中でした"),
    Quiet.HELD: Sentence(en="the tracking was broken, so it was held", ja="計測の異常のため保留されていました"),
    Quiet.COOLDOWN: Sentence(
        en="it had ended shortly before and was no worse than it had been",
        ja="直前に終了したアラートより悪化していなかったため再通知されませんでした",
    ),
}


class Episode(NamedTuple):
    """A rule held, from its opening (the dwell included) until it closed."""

    opened: Condition
    closed: Condition | None


async def why_not(connection: AsyncConnection, account_id: str, on: date) -> WhyNot:
    """The answer for a day in UTC."""
    opens = datetime.combine(on, time(), UTC)
    closes = opens + timedelta(days=1)
    bodies = await reading.conditions_of(connection, account_id, closes)
    alerts = await reading.alerts_of(connection, account_id, closes)
    rules = [
        await _then(connection, episode, alerts, closes)
        for episode in episodes([decode_condition(body) for body in bodies])
        if episode.closed is None or episode.closed.at >= opens
    ]
    body = None if rules else await record.known_before(connection, account_id, closes, days=0)
    return WhyNot(
        account_id=account_id,
        on=on.isoformat(),
        was_told=any(rule.was_told for rule in rules),
        sentence=_summary(rules) if rules else why_nothing_held(None if body is None else decode_score_change(body)),
        rules=rules,
    )


def episodes(conditions: list[Condition]) -> list[Episode]:
    """When each rule held, in the order in which they opened."""
    found: list[Episode] = []
    for condition in conditions:
        running = next((n for n, one in enumerate(found) if _goes_on(one, condition)), None)
        if condition.status is Status.CLOSED:
            if running is not None:
                found[running] = Episode(found[running].opened, condition)
        elif running is None:
            found.append(Episode(condition, None))
    return found


def _goes_on(episode: Episode, condition: Condition) -> bool:
    return episode.closed is None and episode.opened.rule == condition.rule


async def _then(connection: AsyncConnection, episode: Episode, alerts: list[Alert], closes: datetime) -> RuleThen:
    rule, until = episode.opened.rule, instant_of(closes)
    alert = next((one for one in alerts if one.condition.rule == rule and one.opened_at < until), None)
    steps = await reading.steps_of(connection, alert.id, closes) if alert else []
    rows = await reading.deliveries_about(connection, alert) if alert else []
    deliveries = deliveries_told([row for row in rows if row["created_at"] < closes])
    quiet = _held_back(steps)
    was_told = bool(steps) and quiet is None and not episode.opened.is_backfill
    return RuleThen(
        rule=rule,
        since=episode.opened.since,
        until=episode.closed.at if episode.closed else None,
        alert_id=alert.id if alert else None,
        was_told=was_told,
        held_back_by=quiet.value if quiet else ("backfill" if episode.opened.is_backfill else None),
        sentence=_sentence(episode, quiet, was_told=was_told, reached=len(deliveries)),
        deliveries=deliveries,
    )


def _held_back(steps: list[dict[str, Any]]) -> Quiet | None:
    """What kept it quiet last, unless it was told since."""
    last = next((step for step in reversed(steps) if step["kind"] in _TELLING), None)
    return Quiet(last["quiet"]) if last is not None and last["quiet"] else None


_TELLING: Final = frozenset({"opened", "reopened", "worsened", "returned", "cooling", "retracted"})


def _sentence(episode: Episode, quiet: Quiet | None, *, was_told: bool, reached: int) -> Sentence:
    rule, day = episode.opened.rule, f"{episode.opened.at:%Y-%m-%d %H:%M} UTC"
    if quiet is not None:
        because = _QUIET[quiet]
        return Sentence(
            en=f"“{rule}” held from {day}, but {because.en}.",
            ja=f"「{rule}」は {day} から成立していましたが、{because.ja}。",
        )
    if episode.opened.is_backfill:
        return Sentence(
            en=f"“{rule}” was found in imported history, which goes into the digest only.",
            ja=f"「{rule}」は取り込まれた過去のデータから見つかったため、ダイジェストのみに載ります。",
        )
    if was_told and not reached:
        return Sentence(
            en=f"“{rule}” was told from {day}, but nobody is set up to hear of it at once: see the digest.",
            ja=f"「{rule}」は {day} に通知対象となりましたが、即時の通知先が設定されていません。",
        )
    return Sentence(
        en=f"“{rule}” was told from {day} on; the deliveries say to whom.",
        ja=f"「{rule}」は {day} から通知されています。宛先は deliveries をご覧ください。",
    )


def _summary(rules: list[RuleThen]) -> Sentence:
    told, all_of = sum(rule.was_told for rule in rules), len(rules)
    return Sentence(
        en=f"{all_of} {'rule' if all_of == 1 else 'rules'} held on that day, {told} of them told.",
        ja=f"その日に成立したルールは{all_of}件、うち{told}件が通知されました。",
    )


def why_nothing_held(change: ScoreChange | None) -> Sentence:
    """Why no rule held, by what was known of the account at the end of the day."""
    if change is None:
        return Sentence(
            en="Nothing was known of such an account by the end of that day.",
            ja="その日までに、この顧客の記録はありませんでした。",
        )
    none = Sentence(en="No rule held for this account on that day", ja="その日に成立したルールはありません")
    if change.mute is not None:
        mute, until = change.mute, day_told(change.mute.until)
        return Sentence(
            en=f"{none.en}: {mute.author} had muted it until {until.en} ({mute.reason}).",
            ja=f"{none.ja}。{mute.author}が{until.ja}までミュートしていました（{mute.reason}）。",
        )
    if change.reason is not None:
        why = unknown_sentence(change.reason, change)
        return Sentence(en=f"{none.en}: its risk was not known. {why.en}", ja=f"{none.ja}。{why.ja}")
    risk = number(round(change.score or 0))
    return Sentence(en=f"{none.en}; its risk was {risk}.", ja=f"{none.ja}。リスクは{risk}でした。")
