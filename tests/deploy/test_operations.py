"""docs/operations.md names everything that an operator meets, and nothing that does not exist."""

import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from prometheus_client import REGISTRY

from schemas.topics import TOPICS
from services.alerts import metrics as alerts
from services.alerts.settings import AlertsBlock, MailBlock, SlackBlock
from services.api import metrics as api
from services.ingest import metrics as ingest
from services.ingest.settings import IngestBlock
from services.runtime import metrics as runtime
from services.runtime.clock import now
from services.runtime.settings import (
    AccessSettings,
    DatabaseSettings,
    InstanceSettings,
    KafkaSettings,
    PrivacySettings,
)
from services.scoring.metrics import _OfWorker
from services.scoring.settings import ScoringBlock
from services.scoring.worker import Worker

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
BLOCKS = (
    KafkaSettings,
    DatabaseSettings,
    InstanceSettings,
    PrivacySettings,
    AccessSettings,
    IngestBlock,
    ScoringBlock,
    AlertsBlock,
    MailBlock,
    SlackBlock,
)
IN_REGISTRY = (alerts.SAID, api.ACCOUNTS, ingest.REFUSED, runtime.BUILD)  # and with them all that is counted at import


def variables() -> set[str]:
    return {
        f"{block.model_config.get('env_prefix')}{field}".upper() for block in BLOCKS for field in block.model_fields
    }


def metrics() -> set[str]:
    nothing = dict.fromkeys(("retired_bytes", "folding_seconds", "slices", "remembered", "most_remembered"), 0)
    worker = cast("Worker", SimpleNamespace(owned={}, retired=Counter(), app=None, **nothing))
    families = [*REGISTRY.collect(), *_OfWorker(worker, now).collect()]
    endings = {"counter": "_total", "info": "_info"}
    return {family.name + endings.get(family.type, "") for family in families if family.name.startswith("kizashi_")}


def test_every_environment_variable_is_described():
    assert set(re.findall(r"KIZASHI_[A-Z_]*[A-Z]", PAGE)) == variables()


def test_every_metric_is_described():
    assert set(re.findall(r"`(kizashi_\w+)", PAGE)) == metrics()


def test_every_topic_is_described():
    assert {topic.name for topic in TOPICS} - set(re.findall(r"`([\w.-]+)`", PAGE)) == set()
