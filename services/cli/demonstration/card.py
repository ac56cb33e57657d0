"""The demo's scorecard: the shipped one, but for how long silence must last.

Its feed is steady, so that half a minute tells a customer who is gone from tracking that fell.
"""

from typing import Final

from msgspec.structs import replace
from pydantic import SecretStr

from schemas.detection import detection
from schemas.rules import SilenceRule, length_of
from schemas.scorecard import Scorecard
from schemas.time import SECOND, Instant
from services.alerts.core.guard import CERTAIN, WINDOWS
from services.runtime.instance import Run
from services.runtime.log import read_log
from services.runtime.settings import DatabaseSettings, KafkaSettings, read
from services.runtime.shipped import shipped
from services.scoring.publication import publish, versions
from services.scoring.scorecard_file import digest_of, read_scorecard

QUICKEST: Final = 30 * SECOND  # what a silence waits in the demo, at least
_MARGIN: Final = 1.25  # events come by chance: what is expected on average may be fewer


def dwell_at(per_second: float) -> Instant:
    """How long silence must last where so many events come: longer than it takes to find out that tracking fell.

    >>> dwell_at(4.0), dwell_at(1.0)
    (30000, 80000)
    """
    certain = (window for window in WINDOWS if per_second * window / SECOND >= _MARGIN * CERTAIN)
    return max(QUICKEST, detection(next(certain, WINDOWS[-1])))


def demo_card(card: Scorecard, dwell: Instant) -> Scorecard:
    """The scorecard with that dwell for its silence rules."""
    said = f"{dwell // SECOND}s"
    rules = tuple(replace(rule, dwell=said) if isinstance(rule, SilenceRule) else rule for rule in card.rules)
    return replace(card, rules=rules)


async def publish_demo_card(run: Run, per_second: float) -> Instant:
    """Publish it, unless somebody published a scorecard of their own there. How long silence has to last now."""
    kafka = read(KafkaSettings, bootstrap_servers=run.kafka_bootstrap_servers)
    database = read(DatabaseSettings, url=SecretStr(run.database_url))
    found, first = (await versions(database))[0], read_scorecard(shipped("scorecards/default.yaml"))
    card = found.scorecard
    if found.hash == digest_of(first):
        card = demo_card(first, dwell_at(per_second))
        partitions = (await read_log(kafka)).partitions
        await publish(kafka, database, partitions, card, by="kizashi demo", waiver="the demo's own: silence told soon")
    dwells = [length_of(rule.dwell) for rule in card.rules if isinstance(rule, SilenceRule)]
    return min(dwells, default=0)
