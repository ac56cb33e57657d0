"""The rights that docs/operations.md says brokers have to grant, read from its table."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from schemas.topics import TOPICS

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
TOPIC, GROUP, TRANSACTIONAL_ID = 2, 3, 5  # as Kafka's protocol numbers them; these are the table's columns
RESOURCES = {"Topic": TOPIC, "Group": GROUP, "TransactionalId": TRANSACTIONAL_ID}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}


class Right(NamedTuple):
    """What one user may do with one resource, or with all whose names begin so."""

    user: str
    resource: int
    name: str
    is_prefix: bool
    operation: int


def rights() -> list[Right]:
    """All of the table."""
    return [right for row in _rows() for right in _of_row(row)]


def _rows() -> Iterator[list[str]]:
    """The cells of each row."""
    table = PAGE.read_text().partition("| who | topics | groups | transactional ids |\n")[2].partition("\n\n")[0]
    for line in table.splitlines()[1:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def _of_row(row: list[str]) -> Iterator[Right]:
    who, *cells = row
    users = [name.replace("kizashi ", "") for name in re.findall(r"`([^`]+)`", who)] or [who]
    for user in users:
        for resource, cell in zip((TOPIC, GROUP, TRANSACTIONAL_ID), cells, strict=True):
            for sentence in filter(None, cell.split("; ")):
                yield from _said(user, resource, sentence)


def _said(user: str, resource: int, sentence: str) -> Iterator[Right]:
    """Such as "Read and Write on `a`, `b`", "… on the prefix `a-`" or "… on all of the catalogue"."""
    verbs, _, objects = sentence.partition(" on ")
    names = [topic.name for topic in TOPICS] if objects == "all of the catalogue" else re.findall(r"`([^`]+)`", objects)
    assert names, sentence
    for name in names:
        for verb in re.split(r", | and ", verbs):
            yield Right(user, resource, name, "prefix" in objects, OPERATIONS[verb])
