"""The tree keeps the house rules, and each rule is seen to find what it forbids and to pass what it allows."""

from pathlib import Path, PurePosixPath

import pytest

from tests.architecture import house

ROOT = Path(__file__).parents[2]

# tests may make statements to look into tables, and print what they like; they may not mock or suppress in silence
BINDING_TESTS_TOO = {house.suppression_without_reason, house.name_that_says_nothing, house.mock}


@pytest.mark.parametrize("rule", house.RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps(rule: house.Rule) -> None:
    folders = ["schemas", "services", "deploy", "benchmarks", *(["tests"] if rule in BINDING_TESTS_TOO else [])]
    found = [f"{module.path}: {breach}" for module in house.modules(ROOT, *folders) for breach in rule(module)]
    assert found == []


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (house.sql_out_of_place, "services/api/routes/accounts.py", "from sqlalchemy import select"),
        (house.sql_out_of_place, "services/api/app.py", "from sqlalchemy.dialects.postgresql import insert"),
        (house.sql_out_of_place, "services/api/app.py", "import sqlalchemy as sa\nsa.text('x')"),
        (house.sql_out_of_place, "services/cli/doctor.py", "connection.fetch('SELECT 1 FROM accounts')"),
        (house.sql_out_of_place, "services/cli/doctor.py", "f'''\n  DELETE FROM {table}'''"),
        (house.collector_out_of_place, "services/ingest/app.py", "from prometheus_client import Counter"),
        (
            house.collector_out_of_place,
            "services/ingest/app.py",
            "import prometheus_client\nprometheus_client.Gauge('a')",
        ),
        (house.done_at_import, "services/api/app.py", "settings = Settings()"),
        (house.done_at_import, "services/api/app.py", "def app(settings=settings.ApiSettings()): ..."),
        (house.done_at_import, "services/scoring/app.py", "import faust\napp = faust.App('scoring')"),
        (house.done_at_import, "services/runtime/kafka.py", "import os\nclass K:\n    host = os.environ['HOST']"),
        (house.suppression_without_reason, "schemas/a.py", "import os  # noqa: F401"),
        (house.suppression_without_reason, "schemas/a.py", "import os  # noqa"),
        (house.suppression_without_reason, "schemas/a.py", "import os  # type: ignore[import-untyped]"),
        (house.suppression_without_reason, "schemas/a.py", "import os  # pragma: no cover"),
        (house.name_that_says_nothing, "services/api/utils.py", ""),
        (house.name_that_says_nothing, "services/common/words.py", ""),
        (house.mock, "tests/services/test_a.py", "from unittest import mock"),
        (house.mock, "tests/services/test_a.py", "from unittest.mock import patch"),
        (house.mock, "tests/services/test_a.py", "import unittest.mock"),
    ],
)
def test_a_planted_breach_is_found(rule: house.Rule, path: str, source: str) -> None:
    assert len(list(rule(house.Module(PurePosixPath(path), source)))) == 1


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (house.sql_out_of_place, "services/api/queries.py", "from sqlalchemy import select"),
        (house.sql_out_of_place, "deploy/migrations/versions/0001_first.py", "import sqlalchemy as sa\nsa.text('x')"),
        (house.sql_out_of_place, "services/api/app.py", "from sqlalchemy.ext.asyncio import AsyncEngine"),
        (house.sql_out_of_place, "services/cli/doctor.py", "'Select a partition to update'"),
        (house.collector_out_of_place, "services/ingest/metrics.py", "from prometheus_client import Counter"),
        (house.collector_out_of_place, "services/runtime/health.py", "from prometheus_client import generate_latest"),
        (house.done_at_import, "services/api/app.py", "def main():\n    return Settings()"),
        (house.done_at_import, "services/api/app.py", "class ApiSettings(BaseSettings):\n    port: int = 8600"),
        (house.done_at_import, "services/api/__main__.py", "if __name__ == '__main__':\n    run(Settings())"),
        (house.suppression_without_reason, "schemas/a.py", "import os  # noqa: F401 - found by name"),
        (house.suppression_without_reason, "schemas/a.py", "import os  # type: ignore[import-untyped]  # has no types"),
        (house.suppression_without_reason, "schemas/a.py", "'# noqa'"),
        (house.name_that_says_nothing, "services/api/common_words.py", ""),
    ],
)
def test_what_is_allowed_passes(rule: house.Rule, path: str, source: str) -> None:
    assert list(rule(house.Module(PurePosixPath(path), source))) == []
