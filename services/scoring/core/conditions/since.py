"""Since when a rule has held that is found to hold at the end of an import, when nobody looked before."""

from schemas.time import DAY, Instant
from services.scoring.core.card import Card
from services.scoring.core.evaluate import evaluate
from services.scoring.core.rules.rule import Rule
from services.scoring.core.state import Account


def held_since(account: Account, at: Instant, card: Card, rule: Rule) -> Instant:
    """The instant, whole days before `at` and after the last event, from which on the rule held.

    Nothing happened to the account since its last event, so it can still be seen as it was seen then. Found by
    halving, which takes it for granted that silence made nothing better; if it did, this is one of the instants at
    which the rule began to hold. What held on the day of the last event already may have held for longer.
    """
    settled, was_silent = account.settled, account.is_silent  # of the look that is under way, and still to be told
    account.settled = None
    held, unknown = 0, max(0, (at - (account.last_at or at)) // DAY) + 1
    while unknown - held > 1:
        days = (held + unknown) // 2
        earlier = at - days * DAY
        value = rule.look(account, earlier, evaluate(account, earlier, card))
        if value is not None and value >= rule.threshold:
            held = days
        else:
            unknown = days
    account.settled, account.is_silent = settled, was_silent
    return at - held * DAY
