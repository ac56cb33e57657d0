"""A history to import: seeded, with accounts that come often, seldom, ever less, and not at all any more."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2025, 1, 6, tzinfo=UTC)


def write_history(path: Path, seed: int, accounts: int, days: int, a_day: float) -> int:
    """Write a CSV of events in order of time; how many there are. `a_day`: events of an account on an active day."""
    chance = random.Random(seed)
    rows = []
    for number in range(accounts):
        joins, leaves = chance.randrange(days // 2), chance.choice([days, days, chance.randrange(days // 2, days)])
        habit = chance.choice([0.9, 0.5, 0.15])
        for day in range(joins, leaves):
            if chance.random() < habit:
                for _ in range(1 + int(chance.expovariate(1 / a_day))):
                    at = START + timedelta(days=day, seconds=chance.randrange(86_400))
                    user, feature = chance.randrange(6), chance.randrange(9)
                    rows.append((at.isoformat(), f"a{number}", f"a{number}-u{user}", "used", f"f{feature}"))
    rows.sort()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("timestamp", "account_id", "user_id", "event_name", "feature"))
        writer.writerows(rows)
    return len(rows)
