"""Small histories as files: days count from DAY_0, an event is at noon."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from schemas.scorecard import Bands, Scorecard, Weighted
from schemas.time import DAY, HOUR, Instant, iso, parse_iso
from services.scoring.backtest.columns import Columns
from services.scoring.backtest.outcomes import Outcomes
from services.scoring.backtest.question import Question

DAY_0 = parse_iso("2026-01-01")
EVENTS = Columns(
    {"account_id": "account_id", "event_name": "event_name", "timestamp": "timestamp"},
    {"user_id": "user_id", "feature": "feature"},
)
CARD = Scorecard(
    name="plain",
    signals=(Weighted(signal="recency", points=60), Weighted(signal="level", points=40)),
    bands=Bands(watch=40, at_risk=60),
)
WEEKLY = Question((DAY_0 + 60 * DAY, DAY_0 + 90 * DAY), horizon=30 * DAY)


def day(number: float) -> Instant:
    """Midnight of a day, or a time of it."""
    return DAY_0 + int(number * DAY)


def noons(days: Iterable[int]) -> list[Instant]:
    """Noon of each day."""
    return [DAY_0 + number * DAY + 12 * HOUR for number in days]


def write_csv(path: Path, events: Mapping[str, Iterable[Instant]]) -> Path:
    """Events of accounts, one account after the other: not in order of time."""
    rows = [f"{account},u1,opened,reports,{iso(at)}" for account, instants in events.items() for at in instants]
    path.write_text("\n".join(["account_id,user_id,event_name,feature,timestamp", *rows]) + "\n", encoding="utf-8")
    return path


def book(path: Path) -> tuple[Path, Outcomes]:
    """Forty accounts: twenty come every day, the others stop on day 50 or 80 and churn at 75 or 105.

    Of the busy ones two churn all the same.
    """
    events = {f"busy{n}": noons(range(120)) for n in range(20)}
    events |= {f"early{n}": noons(range(0, 51, 2)) for n in range(10)}
    events |= {f"late{n}": noons(range(0, 81, 2)) for n in range(10)}
    churned = {f"early{n}": day(75) for n in range(10)} | {f"late{n}": day(105) for n in range(10)}
    churned |= {"busy0": day(70.5), "busy1": day(100.5)}
    for account in ("busy0", "busy1"):
        events[account] = [at for at in events[account] if at < churned[account]]
    return write_csv(path / "events.csv", events), Outcomes(churned, {}, frozenset(events))
