"""What a partition tells of its rules: when, under which ids, and what of history."""

from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.activity import Activity, Engine, Publication, Verdict
from schemas.changes import CauseKind
from schemas.conditions import Closing, Condition, Notify, RuleKind, Severity, Status
from schemas.rules import BandRule, ContactRule, DropRule, LevelRule, MomentRule, Rule, SilenceRule, length_of
from schemas.scorecard import Variant, When
from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant, instant_of, moment_of
from services.scoring.core.conditions.news import dwell_ends
from services.scoring.core.partition import Counted, Recorded
from services.scoring.core.rules.rule import RANK
from tests.services.scoring.core import records
from tests.services.scoring.core.folds import Folded, accounts_of, fold
from tests.services.scoring.core.logs import draw_log
from tests.services.scoring.core.records import DAY_0, event

RECENCY = {"recency": 100}
HIGH = LevelRule(name="high", threshold=60, clear=50)
LONG = LevelRule(name="long", threshold=60, clear=50, dwell="30h")
few = settings(max_examples=30)
logs = st.builds(draw_log, st.integers(0, 2**32), st.integers(1, 120))


def lived(*later: Activity, **fields) -> Folded:
    """An account that was there on the first day, and never again."""
    card = records.publication(1, RECENCY, **fields)
    return fold(records.log_of(records.LOG, card, event(DAY_0, "1"), *later))


def tick(days: float) -> Activity:
    return records.tick(DAY_0 + int(days * DAY))


def test_a_condition_says_what_a_csm_needs():
    rule = LevelRule(
        name="high", threshold=60, severity=Severity.INFO, notify=(Notify.TEAM, Notify.OWNER), playbook="Call them."
    )
    facts = records.facts(DAY_0, name="Acme", owner="kato")
    folded = lived(facts, tick(14), tick(30), rules=(rule,))
    (condition,) = [one for one in folded.conditions if one.status is Status.OPENED]
    change = next(one for one in folded.changes if one.at == condition.at)
    assert (condition.rule, condition.kind, condition.severity) == ("high", RuleKind.LEVEL, Severity.INFO)
    assert (condition.playbook, condition.notify) == ("Call them.", (Notify.TEAM, Notify.OWNER))
    assert (condition.facts, condition.contributions) == (change.facts, change.contributions)
    assert (condition.score, condition.state, condition.scorecard) == (change.score, change.state, change.scorecard)
    assert (condition.cause, condition.known_at) == (change.cause, change.known_at)
    assert (condition.first_event_at, condition.last_event_at) == (moment_of(DAY_0), moment_of(DAY_0))
    assert condition.is_backfill is False


def test_of_many_contributions_the_largest_are_told():
    signals = dict.fromkeys(["recency", "life_rate", "level", "decline", "silence", "breadth", "stickiness"], 10)
    card = records.publication(1, signals, rules=(LevelRule(name="high", threshold=30),))
    log = records.log_of(records.LOG, card, event(DAY_0, "1", user_id="ann", feature="chart"), tick(60))
    condition = fold(log).conditions[0]
    change = next(one for one in fold(log).changes if one.at == condition.at)
    assert len(change.contributions) == 7
    points = sorted((one.points for one in change.contributions), reverse=True)
    assert [one.points for one in condition.contributions] == points[:5]


def test_the_end_of_a_dwell_is_an_instant_of_its_own():
    """One tick after forty days: opened exactly a dwell after it began to hold, at no daily instant."""
    (pending, *_) = [one for one in lived(tick(1), tick(40), rules=(HIGH,)).conditions if one.status is Status.OPENED]
    (opened, *_) = [one for one in lived(tick(1), tick(40), rules=(LONG,)).conditions if one.status is Status.OPENED]
    assert opened.since == pending.at
    assert instant_of(opened.at) == instant_of(pending.at) + 30 * HOUR
    assert opened.known_at == moment_of(DAY_0 + 40 * DAY)


def test_a_rule_that_the_card_no_longer_has_closes_its_condition():
    newer = records.publication(2, RECENCY, rules=(LONG,))
    *_, last, opened = lived(tick(30), newer, tick(33), rules=(HIGH,)).conditions
    assert (last.rule, last.closing, last.cause.kind) == ("high", Closing.RULE_GONE, CauseKind.SCORECARD)
    assert (last.value, last.threshold, last.playbook, last.notify) == (None, None, "", ())
    assert (opened.rule, opened.status) == ("long", Status.OPENED)


def test_a_rule_of_another_kind_is_another_rule_whatever_its_name():
    newer = records.publication(2, RECENCY, rules=(BandRule(name="high"),))
    *_, closed, opened = lived(tick(30), newer, tick(31), rules=(HIGH,)).conditions
    assert (closed.kind, closed.closing) == (RuleKind.LEVEL, Closing.RULE_GONE)
    assert (opened.kind, opened.status, opened.at) == (RuleKind.BAND, Status.OPENED, closed.at)
    assert closed.id != opened.id


def test_a_pending_rule_that_is_gone_is_not_told():
    newer = records.publication(2, RECENCY)
    assert lived(tick(20), newer, tick(40), rules=(LevelRule(name="high", threshold=60, dwell="20d"),)).conditions == []


def test_a_rule_of_a_newer_version_begins_then():
    newer = records.publication(2, RECENCY, rules=(HIGH,))
    (opened,) = lived(tick(30), newer, tick(31)).conditions
    assert instant_of(opened.since) > DAY_0 + 30 * DAY
    assert (opened.since, opened.cause.kind) == (opened.at, CauseKind.SCORECARD)


def test_a_variant_has_rules_of_its_own():
    large = Variant(name="large", when=When(segments=("large",)), rules=(BandRule(name="band"),))
    (whole,) = {one.rule for one in lived(tick(30), rules=(HIGH,), variants=(large,)).conditions}
    facts = records.facts(DAY_0, segment="large")
    (of_large,) = {one.rule for one in lived(facts, tick(30), rules=(HIGH,), variants=(large,)).conditions}
    assert (whole, of_large) == ("high", "band")


def test_the_events_of_a_moment_rule_are_moments():
    rule = MomentRule(name="cancel", events=("cancel",))
    at = DAY_0 + 10 * DAY + 17
    folded = lived(tick(9), event(at, "2", event_name="cancel"), rules=(rule,))
    assert [(one.at, one.cause.kind) for one in folded.conditions] == [(moment_of(at), CauseKind.EVENT)]


def test_conditions_are_counted():
    counts = lived(
        tick(8), tick(40), event(DAY_0 + 40 * DAY, "2"), tick(41), rules=(HIGH, BandRule(name="band"))
    ).partition.counts
    assert (counts[Counted.OPENED], counts[Counted.CLOSED], counts[Counted.WORSENED]) == (2, 2, 2)


def imported(*rules, days=range(20), quiet_days=40, **fields) -> list[Condition]:
    """The conditions of an account whose history is brought in, the last event long ago."""
    ends = DAY_0 + (max(days) + quiet_days) * DAY
    rows = [records.backfill(DAY_0 + day * DAY + HOUR, row, **fields) for row, day in enumerate(days, 1)]
    card = records.publication(1, RECENCY, rules=rules)
    return fold(
        records.log_of(records.LOG, card, *rows, records.import_end(ends), records.tick(ends + SECOND))
    ).conditions


def test_what_holds_at_the_end_of_an_import_opens_there_with_its_past():
    """It holds from the day on from which an import of less would have found that it does."""
    first = next(days for days in range(40) if imported(HIGH, quiet_days=days))
    (level,) = imported(HIGH, quiet_days=40)
    assert (level.is_backfill, level.status, level.cause.kind) == (True, Status.OPENED, CauseKind.IMPORT)
    assert (level.at - level.since).days == 40 - first
    assert 0 < first < 40


def test_silence_in_history_is_since_its_deadline():
    (silence,) = imported(SilenceRule(name="quiet"))
    assert silence.since == silence.silence_deadline
    assert silence.since < silence.at
    assert silence.is_backfill


def test_what_held_on_the_last_day_of_history_is_since_then():
    (level,) = imported(LevelRule(name="any", threshold=1, clear=0), quiet_days=9)
    last_event_at = DAY_0 + 19 * DAY + HOUR
    assert last_event_at <= instant_of(level.since) < last_event_at + 2 * DAY


def test_a_fall_in_history_is_not_known():
    assert imported(DropRule(name="fell", points=10)) == []


def test_a_dwell_that_history_has_not_filled_ends_live():
    (opened,) = imported(LevelRule(name="high", threshold=60, dwell="1d"), quiet_days=40)
    assert opened.is_backfill
    long = LevelRule(name="high", threshold=60, dwell="365d")
    assert imported(long) == []


def test_a_mute_closes_what_is_open_and_lets_nothing_open_until_it_expires():
    mute = records.mute(DAY_0 + 30 * DAY, DAY_0 + 40 * DAY + 7)
    opened, *_, closed, again = lived(tick(1), tick(30), mute, tick(31), tick(45), rules=(HIGH,)).conditions
    assert (opened.status, closed.status, closed.closing) == ("opened", "closed", "muted")
    assert (again.status, again.since, again.at) == ("opened", again.at, moment_of(DAY_0 + 40 * DAY + 7))


def test_a_mute_is_no_reason_to_open_at_once_what_has_a_dwell():
    mute = records.mute(DAY_0 + 2 * DAY, DAY_0 + 40 * DAY)
    (opened,) = lived(tick(1), mute, tick(45), rules=(LONG,)).conditions
    assert instant_of(opened.at) == DAY_0 + 40 * DAY + 30 * HOUR


def test_an_override_that_comes_and_goes_within_a_day_is_seen_though_the_score_stays_as_it_is():
    rules = (BandRule(name="band"),)
    override = records.override(DAY_0 + 8 * DAY, "at_risk", DAY_0 + 8 * DAY + 6 * HOUR)
    conditions = lived(tick(8), override, tick(8.1), tick(8.5), rules=rules).conditions
    assert [(one.status, one.state, one.value) for one in conditions] == [
        ("opened", "at_risk", 2.0),
        ("closed", "watch", 1.0),
    ]


def test_what_an_override_kept_quiet_is_told_at_the_instant_it_expires():
    override = records.override(DAY_0 + 8 * DAY, "healthy", DAY_0 + 20 * DAY + 6 * HOUR)
    conditions = lived(tick(8), override, tick(20.1), tick(20.5), rules=(BandRule(name="band"),)).conditions
    assert [(one.status, one.state, one.at) for one in conditions] == [
        ("opened", "at_risk", moment_of(DAY_0 + 20 * DAY + 6 * HOUR)),
    ]


def test_an_override_is_what_rules_of_the_state_see():
    rules = (BandRule(name="band"), ContactRule(name="call", days=5), HIGH)
    override = records.override(DAY_0 + 8 * DAY, "at_risk", DAY_0 + 10 * DAY)
    conditions = lived(tick(8), override, tick(9), tick(11), rules=rules).conditions
    assert [(one.rule, one.status, one.state, one.value) for one in conditions] == [
        ("band", "opened", "at_risk", 2.0),
        ("call", "opened", "at_risk", 8.0),
        ("band", "closed", conditions[2].state, conditions[2].value),
        ("call", "closed", conditions[2].state, None),
    ]
    assert conditions[2].state != "at_risk"
    unknown = lived(override, tick(9), rules=rules, minimum_age_days=300).conditions
    assert [(one.rule, one.state, one.reason, one.score) for one in unknown] == [
        ("band", "at_risk", None, None),
        ("call", "at_risk", None, None),
    ]


class TestWhileEventsAreMissing:
    """The account comes daily for thirty days; on the thirtieth the pipeline breaks."""

    BROKE = DAY_0 + 30 * DAY
    DAILY = tuple(event(DAY_0 + day * DAY + HOUR, f"d{day}") for day in range(30))

    def told(self, *later: Activity, rules: tuple[Rule, ...]) -> list[Condition]:
        ticks = [records.tick(DAY_0 + day * DAY) for day in range(1, 31)]
        days = [one for pair in zip(self.DAILY, ticks, strict=True) for one in pair]
        card = records.publication(1, RECENCY, rules=rules)
        return fold(records.log_of(records.LOG, card, *days, *later)).conditions

    def opened(self, at: Instant) -> Activity:
        return records.telemetry(at, Verdict.OPENED, since=self.BROKE)

    def closed(self, at: Instant) -> Activity:
        return records.telemetry(at, Verdict.CLOSED)

    def test_neither_silence_nor_a_level_nor_a_fall_opens(self):
        rules = (SilenceRule(name="quiet"), HIGH, DropRule(name="fell", points=40))
        alone = self.told(tick(60), rules=rules)
        assert {one.rule for one in alone} == {"quiet", "high", "fell"}
        assert self.told(self.opened(self.BROKE + HOUR), tick(60), rules=rules) == []

    def test_silence_has_its_whole_dwell_after_it_is_over(self):
        over = DAY_0 + 50 * DAY + 17
        missing = [self.opened(self.BROKE + HOUR), tick(50), self.closed(over)]
        (silence, *_) = self.told(*missing, tick(52), rules=(SilenceRule(name="quiet"),))
        assert instant_of(silence.since) == over
        assert instant_of(silence.at) >= over + 30 * MINUTE

    def test_who_is_back_when_it_is_over_was_never_silent(self):
        missing = [self.opened(self.BROKE + HOUR), tick(50), self.closed(DAY_0 + 50 * DAY)]
        back = event(DAY_0 + 50 * DAY + MINUTE, "back")
        rules = (SilenceRule(name="quiet"), DropRule(name="fell", points=40), replace(HIGH, dwell="2d"))
        assert self.told(*missing, back, tick(51), tick(53), rules=rules) == []

    def test_a_fall_over_it_is_none(self):
        missing = [self.opened(self.BROKE + HOUR), tick(50), self.closed(DAY_0 + 50 * DAY)]
        assert self.told(*missing, tick(52), rules=(DropRule(name="fell", points=40),)) == []

    def test_what_was_open_stays_open(self):
        rule = LevelRule(name="any", threshold=0)
        *_, last = self.told(self.opened(self.BROKE + HOUR), tick(60), rules=(rule,))
        assert last.at <= moment_of(self.BROKE + HOUR)
        assert last.status is not Status.CLOSED

    def test_what_did_come_did_happen(self):
        cancel = event(self.BROKE + DAY, "cancel", event_name="cancel")
        rule = MomentRule(name="cancel", events=("cancel",), within_days=2)
        opened, closed = self.told(self.opened(self.BROKE + HOUR), cancel, tick(60), rules=(rule,))
        assert (opened.at, opened.reason, closed.status) == (cancel.occurred_at, "telemetry_stale", "closed")


@given(logs)
@settings(max_examples=60)
def test_of_an_account_and_a_rule_the_news_makes_sense(log: list[Recorded]):
    log = [record for record in log if not isinstance(record.activity, Engine)]
    conditions = fold(log).conditions
    assert len({one.id for one in conditions}) == len(conditions)
    by_rule = sorted(conditions, key=lambda one: (one.account_id, one.rule))  # stable
    for _, told in groupby(by_rule, key=lambda one: (one.account_id, one.rule)):
        before: Condition | None = None
        for one in told:
            assert one.at <= one.known_at
            is_open = before is not None and before.status is not Status.CLOSED
            assert is_open is (one.status is not Status.OPENED)
            if before is None or not is_open:
                assert one.since <= one.at
            else:
                assert (one.since, one.kind) == (before.since, before.kind)
                assert makes_sense(before, one)
            before = one


def makes_sense(before: Condition, after: Condition) -> bool:
    """Whether what is told as worse is worse, and what is told as better is better."""
    was, is_now = before.value or 0.0, after.value or 0.0
    if after.status is Status.WORSENED:
        return is_now > was or RANK[after.severity] > RANK[before.severity]
    return after.status is Status.CLOSED or is_now < was


@given(logs)
@few
def test_what_is_pending_is_due_when_its_dwell_ends(log: list[Recorded]):
    """Under the scorecard and the engine that looked at it: under another it is due at its next daily phase."""
    settled = [record for record in log[2:] if not isinstance(record.activity, Engine | Publication)]
    partition = fold([*log[:2], *settled]).partition
    cards = partition._book.in_force.cards
    for account in accounts_of(partition):
        if account.holds and account.due is not None and cards is not None:
            assert account.due <= min(dwell_ends(account, cards.card(account, account.due).rules), default=account.due)


def test_lengths_of_time():
    assert [length_of(text) for text in ("45s", "30m", "12h", "2d")] == [45 * SECOND, 30 * MINUTE, 12 * HOUR, 2 * DAY]
