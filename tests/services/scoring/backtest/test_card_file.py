import pytest

from services.runtime.shipped import shipped
from services.scoring.backtest.card_file import card_text, write_card
from services.scoring.backtest.refused import FileRefused
from services.scoring.scorecard_file import read_scorecard
from tests.services.scoring.backtest.histories import CARD


def test_a_card_that_was_written_reads_as_it_was(tmp_path):
    for card in (CARD, read_scorecard(shipped("scorecards/default.yaml"))):
        write_card(tmp_path / "card.yaml", card, "solved\non a day")
        assert read_scorecard(tmp_path / "card.yaml") == card


def test_it_begins_with_what_is_said_of_it():
    assert card_text(CARD, "solved\non a day").startswith(
        "# solved\n# on a day\nname: plain\n\nsignals:\n  - {signal: recency"
    )


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(FileRefused, match="cannot be written"):
        write_card(tmp_path / "no" / "card.yaml", CARD, "")
