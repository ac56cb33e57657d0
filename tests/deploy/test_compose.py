import json
from copy import deepcopy
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"].startswith("kizashi:")}


def check(compose: dict[str, Any]) -> None:
    """Raise unless `compose` keeps to the Compose Specification, which check-jsonschema ships."""
    path = distribution("check-jsonschema").locate_file("check_jsonschema/builtin_schemas/vendor/compose-spec.json")
    jsonschema.validate(compose, json.loads(Path(str(path)).read_text()))


def test_the_file_keeps_to_the_compose_specification():
    check(COMPOSE)


def test_a_misspelt_word_is_found():
    planted = deepcopy(COMPOSE)
    planted["services"]["api"]["enviroment"] = {}
    with pytest.raises(jsonschema.ValidationError, match="enviroment"):
        check(planted)


def test_every_image_is_pinned_by_a_version_tag():
    tags = [service["image"].rpartition(":")[2] for service in COMPOSE["services"].values()]
    assert [tag for tag in tags if not tag or tag == "latest"] == []


def test_our_services_are_those_of_the_command_line_and_may_do_no_more_than_they_need():
    hardened = ("read_only", "cap_drop", "security_opt")
    assert {name: service["command"] for name, service in OURS.items()} == {
        "prepare": ["prepare"],
        "ingest": ["ingest"],
        "scoring": ["scoring"],
        "api": ["api"],
        "alerts": ["alerts", "serve"],
    }
    assert all(word in service for service in OURS.values() for word in hardened)


def test_every_variable_is_one_that_the_services_read():
    blocks = (KafkaSettings, DatabaseSettings, InstanceSettings)
    known = {
        f"{block.model_config.get('env_prefix')}{field}".upper() for block in blocks for field in block.model_fields
    }
    assert {name for service in OURS.values() for name in service["environment"]} <= known


def test_services_start_once_the_log_is_prepared():
    running = [service for name, service in OURS.items() if name != "prepare"]
    assert [service["depends_on"] for service in running] == [
        {"prepare": {"condition": "service_completed_successfully"}}
    ] * 4


def test_nothing_listens_beyond_this_machine():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
