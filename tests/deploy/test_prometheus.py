import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml
from prometheus_client import REGISTRY

from services.alerts import metrics as alerts
from services.api import metrics as api
from services.ingest import metrics as ingest
from services.runtime.clock import now
from services.scoring.metrics import _OfWorker
from services.scoring.worker import Worker

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
IN_REGISTRY = (alerts.SAID, api.ACCOUNTS, ingest.REFUSED)  # and with them all that these services count
METRIC = re.compile(r"\bkizashi_\w+")


def exported() -> set[str]:
    """The name of every sample that a service exports."""
    nothing = dict.fromkeys(("retired_bytes", "folding_seconds", "slices", "remembered", "most_remembered"), 0)
    worker = cast("Worker", SimpleNamespace(owned={}, retired=Counter(), app=None, **nothing))
    families = [*REGISTRY.collect(), *_OfWorker(worker, now).collect()]
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {family.name + ending for family in families for ending in endings.get(family.type, ("",))}


def unknown(expression: str) -> set[str]:
    """The metrics of an expression that no service exports."""
    return set(METRIC.findall(expression)) - exported()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_asks_for_metrics_that_exist_and_says_what_to_do(rule: dict[str, Any]):
    assert unknown(rule["expr"]) == set()
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "description"}


def test_a_metric_that_does_not_exist_is_found():
    assert unknown("rate(kizashi_ingest_acepted_total[5m]) > 0") == {"kizashi_ingest_acepted_total"}


def test_prometheus_asks_every_service_and_reads_the_rules():
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    assert (config["rule_files"], job["static_configs"]) == (
        ["alerts.yml"],
        [{"targets": ["api:8600", "ingest:8601", "scoring:8602", "alerts:8620"]}],
    )
