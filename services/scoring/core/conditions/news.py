"""Which of a card's rules hold for an account at an instant, and what of that is news."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from schemas.changes import UnknownReason
from schemas.conditions import Closing, RuleKind, Status
from schemas.time import Day, Instant
from services.scoring.core.card import Card
from services.scoring.core.conditions.moved import moved
from services.scoring.core.conditions.since import held_since
from services.scoring.core.hold import Hold
from services.scoring.core.outages import NO_OUTAGES, Outages
from services.scoring.core.reading import WHOLE, Reading
from services.scoring.core.rules.rule import Rule, Rules
from services.scoring.core.state import Account


class Look(NamedTuple):
    """A look at an account. `reading` has the state that is served: somebody's word, where there is one."""

    account: Account
    at: Instant
    card: Card
    reading: Reading
    is_muted: bool = False
    is_backfill: bool = False
    outages: Outages = NO_OUTAGES


class News(NamedTuple):
    """Something happened between a rule and an account.

    `rule`: None where the card has no such rule any more. `hold`: as it is told, of what closed as it was last.
    `value` in the rule's unit; None where nobody can say.
    """

    name: str
    rule: Rule | None
    status: Status
    hold: Hold
    value: int | None
    closing: Closing | None = None


_STALE: Final = UnknownReason.TELEMETRY_STALE
_CHURNED: Final = UnknownReason.CHURNED


def news(look: Look) -> Sequence[News]:
    """Look at an account by every rule of its card, so that its `holds` are as of then. What is news, in order.

    Where nothing holds yet, there is only news if the card's rules `concern` the account. Of an account that left or
    was muted nothing holds. While events of it are missing, what is open stays open, what is pending will have to
    begin anew, and of the rest only moments are seen: what did come did happen.
    """
    account, at, card, reading, is_muted, _, _ = look
    holds, reason = account.holds, reading.reason
    found: Sequence[News] = tuple(_over(look)) if holds else ()
    if is_muted or reason is _CHURNED:
        return found
    for rule in card.rules.rules:
        if reason is _STALE and rule.sight.kind is not RuleKind.MOMENT:
            continue
        value = rule.look(account, at, reading)
        if (value is None or value < rule.threshold) and rule.name not in holds:
            continue  # nothing is wrong: the hot path
        one = _unseen(account, rule, reading) if value is None else _seen(look, rule, value)
        if one is not None:
            found = (*found, one)
    return found


def note(account: Account, reading: Reading, rules: Rules, today: Day) -> None:
    """Remember where the score has been, for rules that ask."""
    if reading.score is not None:
        account.trail.note(rules.card, today, WHOLE[reading.score], rules.trail_days)
    elif reading.reason is _STALE:
        account.trail.interrupt()


def dwell_ends(account: Account, rules: Rules) -> list[Instant]:
    """When rules that hold for an account will have held for long enough."""
    return [hold.since + rules.by_name[name].dwell for name, hold in account.holds.items() if not hold.is_open]


def _over(look: Look) -> Iterator[News]:
    """What holds no longer, whatever its rule would see."""
    holds, by_name = look.account.holds, look.card.rules.by_name
    for name, hold in list(holds.items()):
        rule = by_name.get(name)
        if rule is not None and rule.sight.kind is not hold.kind:
            rule = None
        closing = _closing(look, rule)
        is_suspended = look.reading.reason is _STALE and not hold.is_open and hold.kind is not RuleKind.MOMENT
        if closing is not None or is_suspended:
            del holds[name]
        if closing is not None and hold.is_open:
            yield News(name, rule, Status.CLOSED, hold, None, closing)


def _closing(look: Look, rule: Rule | None) -> Closing | None:
    if look.reading.reason is UnknownReason.CHURNED:
        return Closing.UNKNOWN
    if rule is None:
        return Closing.RULE_GONE
    return Closing.MUTED if look.is_muted else None


def _unseen(account: Account, rule: Rule, reading: Reading) -> News | None:
    """Nobody can say whether a rule holds that did.

    What is open closes when the score became unknown, and otherwise stays; what is pending has to begin anew.
    """
    hold = account.holds[rule.name]
    if hold.is_open and reading.reason is None:
        return None
    del account.holds[rule.name]
    return News(rule.name, rule, Status.CLOSED, hold, None, Closing.UNKNOWN) if hold.is_open else None


def _seen(look: Look, rule: Rule, value: int) -> News | None:
    name, holds, about = rule.name, look.account.holds, rule.sight.about
    before = holds.get(name) or Hold(rule.sight.kind, _since(look, rule))
    after, status = moved(before, rule, value, look.at)
    if after is None:
        holds.pop(name)
        return News(name, rule, status, before, value, Closing.RECOVERED) if status is not None else None
    if status is not None and about is not None:
        after = after._replace(about=about(look.account, look.at))
    holds[name] = after
    return News(name, rule, status, after, value) if status is not None else None


def _since(look: Look, rule: Rule) -> Instant:
    """Since when a rule holds that is found to. Silence is not counted while it could not have been broken."""
    began = rule.sight.began
    if began is not None:
        since = began(look.account, look.at)
        return max(since, look.outages.ended_at) if rule.sight.kind is RuleKind.SILENCE else since
    return held_since(look.account, look.at, look.card, rule) if look.is_backfill else look.at
