"""What a person reads, in their language, before it is mail or Slack: for each alert what, why, and what now."""

from dataclasses import dataclass
from typing import Final

import msgspec

from schemas.alerts import Alert, AlertMessage, Digest, IncidentMessage, Message, Spoke, ToldAlert
from schemas.conditions import Severity
from schemas.phrases import counted
from schemas.sentences import Language, Sentence

_SEVERITIES: Final = {
    Severity.CRITICAL: Sentence(en="Critical", ja="緊急"),
    Severity.WARNING: Sentence(en="Warning", ja="警告"),
    Severity.INFO: Sentence(en="Note", ja="お知らせ"),
}
_SPOKEN: Final = {
    Spoke.OPENED: Sentence(en="new", ja="新規"),
    Spoke.WORSENED: Sentence(en="worse", ja="悪化"),
    Spoke.RETURNED: Sentence(en="still so", ja="継続中"),
    Spoke.CLOSED: Sentence(en="over", ja="終了"),
}
_RISK: Final = Sentence(en="Risk {score:.1f} of 100", ja="リスク {score:.1f} / 100")
_REVENUE: Final = Sentence(en="{revenue:,.0f} a year", ja="年間契約額 {revenue:,.0f}")
_RENEWS: Final = Sentence(en="renews {day}", ja="更新日 {day}")
_OWNER: Final = Sentence(en="owner {owner}", ja="担当 {owner}")
_DIGEST: Final = Sentence(en="{counted} to look at today ({day})", ja="本日確認するアラート {count}件（{day}）")
_INCIDENT: Final = Sentence(en="Tracking incident", ja="計測の異常")
_INCIDENT_OVER: Final = Sentence(en="Tracking works again", ja="計測の復旧")
ANSWER: Final = Sentence(
    en="Tell what it was: kizashi resolve {alert} --outcome true|false|known",
    ja="結果の記録: kizashi resolve {alert} --outcome true|false|known",
)


_decoder: msgspec.json.Decoder[Message | Digest] = msgspec.json.Decoder(Message | Digest)


@dataclass(frozen=True, slots=True)
class Item:
    """One alert: what it is, facts in a line, reasons in sentences, and the playbook (Markdown)."""

    heading: str
    title: str
    facts: str
    reasons: tuple[str, ...]
    playbook: str
    answer: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to a person."""

    subject: str
    lead: str
    items: tuple[Item, ...]
    url: str | None


def letter(body: bytes, language: Language) -> Letter:
    """The letter that a message's bytes make. Raises msgspec.DecodeError."""
    match _decoder.decode(body):
        case Digest() as digest:
            return _digest(digest, language)
        case IncidentMessage() as incident:
            return _incident(incident, language)
        case AlertMessage() as message:
            return _alerts(message, language)


def _alerts(message: AlertMessage, language: Language) -> Letter:
    data = message.data
    first = data.alerts[0]
    name = data.account_name or data.account_id
    severity = _SEVERITIES[first.alert.severity].told(language)
    return Letter(
        subject=f"[{severity}] {name}: {first.alert.title.told(language)}",
        lead="",
        items=tuple(_item(one, language) for one in data.alerts),
        url=data.url,
    )


def _digest(message: Digest, language: Language) -> Letter:
    data = message.data
    return Letter(
        subject=_DIGEST.told(language).format(
            count=len(data.alerts), counted=counted(len(data.alerts), "alert"), day=data.day
        ),
        lead="",
        items=tuple(_item(one, language) for one in data.alerts),
        url=data.url,
    )


def _incident(message: IncidentMessage, language: Language) -> Letter:
    subject = _INCIDENT_OVER if message.data.ended_at else _INCIDENT
    return Letter(subject=subject.told(language), lead=message.data.sentence.told(language), items=(), url=None)


def _item(one: ToldAlert, language: Language) -> Item:
    alert = one.alert
    name = alert.facts.name or alert.account_id
    severity, spoken = _SEVERITIES[alert.severity].told(language), _SPOKEN[one.told].told(language)
    return Item(
        heading=f"{name} — {alert.rule} ({severity}, {spoken})",
        title=alert.title.told(language),
        facts=" · ".join(_facts(alert, language)),
        reasons=tuple(reason.sentence.told(language) for reason in alert.reasons),
        playbook=alert.playbook,
        answer=ANSWER.told(language).format(alert=alert.id),
    )


def _facts(alert: Alert, language: Language) -> list[str]:
    facts = alert.facts
    told = []
    if alert.score is not None:
        told.append(_RISK.told(language).format(score=alert.score))
    if facts.arr_cents is not None:
        told.append(_REVENUE.told(language).format(revenue=facts.arr_cents / 100))
    if facts.renewal_on is not None:
        told.append(_RENEWS.told(language).format(day=facts.renewal_on))
    if facts.owner is not None:
        told.append(_OWNER.told(language).format(owner=facts.owner))
    return told
