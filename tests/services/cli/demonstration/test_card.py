from schemas.rules import SilenceRule
from schemas.time import SECOND
from services.cli.demonstration.card import QUICKEST, demo_card, dwell_at
from services.runtime.shipped import shipped
from services.scoring.lint import LEAST_SILENCE, contradictions
from services.scoring.scorecard_file import read_scorecard


def test_the_demos_card_is_the_shipped_one_with_silence_told_sooner():
    card = read_scorecard(shipped("scorecards/default.yaml"))
    ours = demo_card(card, QUICKEST)
    assert [rule.dwell for rule in ours.rules if isinstance(rule, SilenceRule)] == ["30s"]
    assert (demo_card(ours, 1_800 * SECOND), list(contradictions(ours))) == (demo_card(card, 1_800 * SECOND), [])


def test_the_less_comes_the_longer_silence_has_to_last():
    dwells = [dwell_at(rate) for rate in (1_000, 4, 1, 0.5, 0.01)]
    assert (dwells[:2], dwells == sorted(dwells)) == ([LEAST_SILENCE, LEAST_SILENCE], True)
