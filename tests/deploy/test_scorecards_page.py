import re
from pathlib import Path

from services.scoring.scorecard_file import read_scorecard

PAGE = Path(__file__).parents[2] / "docs" / "scorecards.md"


def test_the_scorecard_that_is_shown_is_one(tmp_path):
    shown = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    file = tmp_path / "ours.yaml"
    file.write_text(shown[1], encoding="utf-8")
    assert read_scorecard(file).name == "ours"
