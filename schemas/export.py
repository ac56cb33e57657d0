"""The contracts for readers in other languages: JSON Schema for each topic, and one AsyncAPI document for all of them.

python -m schemas.export           writes schemas/generated/
python -m schemas.export --check   says what there is not current, and fails if anything is
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.activity import Activity, UserLink
from schemas.alerts import Message
from schemas.changes import ScoreChange
from schemas.conditions import Condition
from schemas.dead_letters import DeadLetter
from schemas.events import ProducerEvent
from schemas.facts import StatedFacts
from schemas.judgements import StatedOverride
from schemas.topics import (
    ACTIVITY,
    ALERT_CONDITIONS,
    ALERTS,
    DEAD_LETTERS,
    EVENTS,
    SCORE_CHANGES,
    TOPICS,
    USER_LINKS,
    Topic,
)

GENERATED: Final = Path(__file__).parent / "generated"

_JSON_SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"
_VALUES: Final[Mapping[Topic, Any]] = {
    EVENTS: ProducerEvent,
    ACTIVITY: Activity,
    USER_LINKS: UserLink,
    SCORE_CHANGES: ScoreChange,
    ALERT_CONDITIONS: Condition,
    ALERTS: Message,
}
_HEADERS: Final[Mapping[Topic, Any]] = {DEAD_LETTERS: DeadLetter}
_BODIES: Final[Mapping[str, Any]] = {
    "stated-facts": StatedFacts,
    "stated-override": StatedOverride,
}  # contracts of HTTP alone
_TAKEN: Final = (EVENTS,)  # others write it, we read it; of the rest it is the other way round


def documents() -> dict[str, str]:
    """Every generated file: its name and its text."""
    schemas = {f"{topic.name}.schema.json": _schema(f"A record of {topic.name}", of) for topic, of in _VALUES.items()}
    headers = {
        f"{topic.name}.headers.schema.json": _schema(f"The headers of a record of {topic.name}", of)
        for topic, of in _HEADERS.items()
    }
    bodies = {f"{name}.schema.json": _schema(name.replace("-", " ").capitalize(), of) for name, of in _BODIES.items()}
    found = {**schemas, **headers, **bodies, "asyncapi.json": _asyncapi()}
    return {name: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for name, document in found.items()}


def stale(folder: Path) -> list[str]:
    """The files of `folder` that are missing, not current, or not made here."""
    wanted = documents()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*") if path.is_file()}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def write(folder: Path) -> None:
    """Make `folder` current."""
    folder.mkdir(exist_ok=True)
    wanted = documents()
    for path in folder.glob("*"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def _schema(title: str, contract: Any) -> dict[str, Any]:  # noqa: ANN401 - a contract is a type, or a union of types
    return {"$schema": _JSON_SCHEMA, "title": title, **msgspec.json.schema(contract)}


def _asyncapi() -> dict[str, Any]:
    contracts = [*_VALUES.values(), *_HEADERS.values()]
    _, components = msgspec.json.schema_components(contracts, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Kizashi",
            "version": "1",
            "description": "Usage events in, churn-risk scores that explain themselves out. "
            "A score is risk, 0 to 100, high is bad.",
        },
        "defaultContentType": "application/json",
        "channels": {_word(topic): _channel(topic) for topic in TOPICS},
        "operations": {
            f"{'receive' if topic in _TAKEN else 'send'}-{_word(topic)}": {
                "action": "receive" if topic in _TAKEN else "send",
                "channel": {"$ref": f"#/channels/{_word(topic)}"},
            }
            for topic in TOPICS
        },
        "components": {"schemas": components},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    configuration = {
        "cleanup.policy": [topic.cleanup],
        "retention.ms": topic.retention_ms,
        "max.message.bytes": int(topic.configuration()["max.message.bytes"]),
    }
    return {
        "address": topic.name,
        "description": topic.description,
        "messages": {"record": _message(topic)},
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": configuration}},
    }


def _message(topic: Topic) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": topic.name,
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}}},
    }
    for part, contracts in (("payload", _VALUES), ("headers", _HEADERS)):
        if topic in contracts:
            (message[part],), _ = msgspec.json.schema_components(
                [contracts[topic]], ref_template="#/components/schemas/{name}"
            )
    return message


def _word(topic: Topic) -> str:
    return topic.name.replace(".", "-")


def main(arguments: list[str], folder: Path = GENERATED) -> int:
    """The command; its answer is the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m schemas.export [--check]\n")
        return 2
    if not arguments:
        write(folder)
        return 0
    wrong = stale(folder)
    for name in wrong:
        sys.stderr.write(f"schemas/generated/{name} is not current: run `make contracts`\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
