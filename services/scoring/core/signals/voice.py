"""What an account says, and what gets in its way: friction, tickets, feedback, payments, moments."""

from schemas.time import Day
from services.scoring.core.fixed import ONE, clip, ln
from services.scoring.core.inputs import Feeds
from services.scoring.core.novelty import ACTIVE_DAY, EVENT
from services.scoring.core.reading import Seen
from services.scoring.core.signals.registry import fed
from services.scoring.core.state import Account
from services.scoring.core.windows import RING_DAYS

FRICTION_DAYS = 84
FEEDBACK_DAYS = 84
PAYMENT_DAYS = 28
MOMENT_DAYS = 28


@fed("friction", moved_by=ACTIVE_DAY | EVENT)
def friction(account: Account, today: Day, feeds: Feeds, more: int = 0) -> Seen | None:
    """How much of what an account does runs into friction: errors, downgrade pages, whatever `friction` names.

    u = ((f + 1) / (n + 10)) / 0.5, with f friction events among n events of the 84 days before the last active day and
    that day. Value: f events. It holds still in silence: an account that does nothing runs into nothing. More silence
    never lowers it.
    """
    newest = account.active.newest
    ends = newest if newest < today else today  # noqa: FURB136 - min() is slow, and this is hot
    first = ends - FRICTION_DAYS
    tally = feeds.friction and feeds.friction.tally(account, first)
    if tally is None:
        return None
    rough = tally.count(first, ends) if tally.total else 0
    events = account.daily.last(FRICTION_DAYS) if ends == newest else account.daily.total(first, ends)
    return Seen(float(rough), clip(2 * (rough + 1) * ONE // (events + more + 10)))


@fed("ticket_opened", "ticket_closed")
def open_tickets(account: Account, today: Day, feeds: Feeds) -> Seen | None:
    """Tickets that wait: how many, and for how long the oldest.

    u = (ln(1 + n) / ln 11 + ln(1 + a) / ln 31) / 2 with n open tickets, the oldest open for a days; 0 where none is.
    Open is what was opened and not closed since; the oldest are taken to be closed first, and no ticket is older than
    92 days. Value: n tickets. More silence never lowers it.
    """
    earliest = today - RING_DAYS
    opened = feeds.ticket_opened and feeds.ticket_opened.tally(account, earliest)
    closed = feeds.ticket_closed and feeds.ticket_closed.tally(account, earliest)
    if opened is None or closed is None:
        return None
    waiting = opened.total - closed.total
    if waiting <= 0:
        return Seen(0.0, 0)
    age, left = RING_DAYS, waiting
    for day in sorted(opened.days, reverse=True):  # the newest are the last to be closed
        left -= opened.days[day]
        if left <= 0:
            age = min(RING_DAYS, max(0, today - day))
            break
    return Seen(float(waiting), clip((ln(1 + waiting) * ONE // ln(11) + ln(1 + age) * ONE // ln(31)) // 2))


@fed("feedback_negative")
def feedback(account: Account, today: Day, feeds: Feeds) -> Seen | None:
    """How negative the feedback is that an account gives.

    u = (b + 1/2) / (b + g + 1), with b negative and g positive ones in the last 84 days and today. Value: b - g.
    Abstains where there is none. Not monotone: what was said grows old.
    """
    first = today - FEEDBACK_DAYS
    negative = feeds.feedback_negative and feeds.feedback_negative.tally(account, first)
    if negative is None:
        return None
    positive = feeds.feedback_positive and feeds.feedback_positive.tally(account, first)
    bad, good = negative.count(first, today), positive.count(first, today) if positive else 0
    if not bad + good:
        return None
    return Seen(float(bad - good), (2 * bad + 1) * ONE // (2 * (bad + good + 1)))


@fed("payment_failed")
def payment_failures(account: Account, today: Day, feeds: Feeds) -> Seen | None:
    """Payments that failed in the last 28 days, unless one succeeded since.

    u = (1 + n) / 4 for n failures, 0 for none. Value: n. Not monotone: after 28 days it is the product's turn to act.
    """
    failed = feeds.payment_failed and feeds.payment_failed.tally(account, today - PAYMENT_DAYS)
    if failed is None:
        return None
    paid = feeds.payment_succeeded and feeds.payment_succeeded.tally(account, today - PAYMENT_DAYS)
    failures = failed.count(today - PAYMENT_DAYS, today)
    if not failures or (paid is not None and paid.last_at > failed.last_at):
        return Seen(0.0, 0)
    return Seen(float(failures), clip((1 + failures) * ONE // 4))


@fed("moments")
def recent_moments(account: Account, today: Day, feeds: Feeds) -> Seen | None:
    """Moments (the scorecard's `moments`: a cancel page seen, an admin removed) in the last 28 days.

    u = 1 - ln(1 + d) / ln 29, with d days since the last one; 0 where there is none. Value: how many. Not monotone: a
    moment fades, and what it was about shows in the other signals.
    """
    tally = feeds.moments and feeds.moments.tally(account, today - MOMENT_DAYS)
    if tally is None:
        return None
    days = [day for day in tally.days if today - MOMENT_DAYS <= day <= today]
    if not days:
        return Seen(0.0, 0)
    count = sum(tally.days[day] for day in days)
    return Seen(float(count), clip(ONE - ln(1 + today - max(days)) * ONE // ln(1 + MOMENT_DAYS)))
