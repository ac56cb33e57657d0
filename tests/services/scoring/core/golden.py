"""The golden log, drawn from seeds, and the hash of its changes: python -m tests.services.scoring.core.golden."""

from hashlib import sha256

from schemas.activity import Engine
from tests.services.scoring.core.folds import fold
from tests.services.scoring.core.logs import draw_log

SEEDS = (1, 2, 3, 4)


def golden_hashes() -> str:
    """SHA-256 of the golden log itself, and of everything that comes of it."""
    log, sent = sha256(), sha256()
    for seed in SEEDS:
        drawn = [record for record in draw_log(seed, 400) if not isinstance(record.activity, Engine)]
        for record in drawn:
            log.update(b"%d %d %s\n" % (record.offset, record.timestamp, record.value or b""))
        for output in fold(drawn).sent:
            sent.update(output + b"\n")
    return f"{log.hexdigest()} {sent.hexdigest()}"


if __name__ == "__main__":
    print(golden_hashes())  # noqa: T201 - a program run by hand, and by a test under two hash seeds
