"""The scores of every account asked about, as a file for one's own analysis."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from schemas.changes import GRAINS_PER_POINT
from services.scoring.backtest.looks import BANDS, NO_SCORE, Looked
from services.scoring.backtest.question import Question
from services.scoring.backtest.refused import FileRefused
from services.scoring.backtest.report import date

ENDINGS = (".csv", ".parquet")


def write_scores(path: Path, looked: Looked, question: Question, column: int) -> None:
    """account_id, at, score (empty where unknown) and band of one card, by date and account. Raises FileRefused."""
    asked = looked.asked
    order = np.lexsort((np.array(looked.accounts)[asked.account], asked.date))
    score = asked.score[order, column]
    table = pa.table(
        {
            "account_id": np.array(looked.accounts)[asked.account[order]],
            "at": pa.array([date(question.dates[place]) for place in asked.date[order]]),
            "score": pa.array(score / GRAINS_PER_POINT, mask=score == NO_SCORE),
            "band": pa.array([BANDS[number] for number in asked.band[order, column]]),
        }
    )
    try:
        match path.suffix.lower():
            case ".csv":
                pc_csv.write_csv(table, path, pc_csv.WriteOptions(quoting_style="needed"))
            case ".parquet":
                pq.write_table(table, path)
            case ending:
                raise FileRefused(path, f"ends in {ending!r}: write {' or '.join(ENDINGS)}")
    except OSError as error:
        raise FileRefused(path, f"cannot be written: {error.strerror or error}") from error
