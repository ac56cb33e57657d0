"""YAML whose places are remembered, so that what is wrong with a value can be said with its line."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import yaml

Path = tuple[str | int, ...]  # ("signals", 3, "points")

_DEEPEST = 20
_MOST = 20_000  # nobody could read more; repeated by their names (&a, *a), a few lines become millions


class Unclear(ValueError):
    """The text is not YAML, or says something twice. `line` counts from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


class Marked(NamedTuple):
    """What a YAML text says, and the line of everything in it: of a mapping's item that of its key."""

    value: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of the value at a path, or of what would hold it."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]


def read_yaml(text: str) -> Marked:
    """The text's value and the lines of its parts. Raises Unclear."""
    try:
        return _read(yaml.SafeLoader(text))
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise Unclear(mark.line + 1 if mark else 1, wrong.problem or str(wrong)) from wrong
    except yaml.YAMLError as wrong:  # of characters: it does not say in which line
        what = str(wrong).splitlines()[0]
        raise Unclear(1, what) from wrong


def _read(loader: yaml.SafeLoader) -> Marked:
    node = loader.get_single_node()
    if node is None:
        return Marked(None, {(): 1})
    lines = dict(islice(_lines(node, (), node.start_mark.line + 1), _MOST + 1))
    if len(lines) > _MOST:
        msg = f"it says more than {_MOST:,} things, those that it repeats counted each time"
        raise Unclear(1, msg)
    return Marked(loader.construct_document(node), lines)


def _lines(node: yaml.Node, path: Path, line: int) -> Iterator[tuple[Path, int]]:
    if len(path) > _DEEPEST:
        msg = "it goes too deep, or holds itself"
        raise Unclear(line, msg)
    yield path, line
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*path, index), item.start_mark.line + 1)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, place = str(key.value), key.start_mark.line + 1
            if name in seen:
                msg = f"{name} is said twice, first in line {seen[name]}"
                raise Unclear(place, msg)
            seen[name] = place
            yield from _lines(value, (*path, name), place)
