"""Whether a value has the shape of a scorecard: every field that has not, in words, with what may have been meant."""

import re
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

import msgspec

from schemas.scorecard import Scorecard, Stage
from services.scoring.marked_yaml import Path

_PLACE: Final = re.compile(r"^(?P<what>.*) - at `(?:key` in `)?\$(?P<path>[^`]*)`$", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `(.*)`$")
_MISSING: Final = re.compile(r"^Object missing required field `(.*)`$")
_ENUM: Final = re.compile(r"^Invalid enum value '(.*)'$")
_WORDS: Final = {
    "int": "a whole number",
    "float": "a number with decimals",
    "str": "text",
    "array": "a list",
    "object": "a mapping",
    "bool": "yes or no",
    "null": "nothing",
    "date": "a date",
    "datetime": "a date",
}
_TYPE: Final = re.compile(r"`([a-z |]+)`")
_STAND_INS: Final[dict[str | int, Any]] = {  # for required sections that are flawed, so that the others are looked at
    "name": "-",
    "signals": [{"signal": "-", "points": 1}],
    "bands": {"watch": 1, "at_risk": 2},
}


class Flaw(NamedTuple):
    """What is wrong with the value at a path."""

    path: Path
    what: str


def shaped(value: Any) -> tuple[Scorecard | None, list[Flaw]]:  # noqa: ANN401 - whatever YAML said
    """The scorecard; or None, and what stands in its way: the first flaw of every section."""
    flaws: list[Flaw] = []
    sections = dict(value) if isinstance(value, dict) else value
    while True:
        try:
            scorecard = msgspec.convert(sections, Scorecard)
        except msgspec.ValidationError as refused:
            path, what = _told(str(refused))
            flaws.append(Flaw(path, what))
            if not path:
                return None, flaws
            section = path[0]
            sections.pop(section, None)
            if section in _STAND_INS:
                sections[section] = _STAND_INS[section]
        else:
            return (None if flaws else scorecard), flaws


def nearest(name: str, known: "list[str] | tuple[str, ...]") -> str:
    """What may have been meant, as the rest of a sentence.

    >>> nearest("recancy", ["recency", "level"]), nearest("karma", ["recency", "level"])
    ('; did you mean recency?', '; there are recency, level')
    """
    found = get_close_matches(name, known, n=1)
    return f"; did you mean {found[0]}?" if found else f"; there are {', '.join(known)}"


def _told(refusal: str) -> tuple[Path, str]:
    """The path of a refusal, and what it says in words."""
    found = _PLACE.match(refusal)
    what, steps = (found["what"], found["path"]) if found else (refusal, "")
    path: Path = tuple(name or int(index) for name, index in _STEP.findall(steps))
    if unknown := _UNKNOWN.match(what):
        name = unknown[1]
        return (*path, name), f"there is no such field here{nearest(name, _fields(path))}"
    if missing := _MISSING.match(what):
        return (*path, missing[1]), "it is missing"
    if value := _ENUM.match(what):
        return path, f"{value[1]} is no stage{nearest(value[1], [stage.value for stage in Stage])}"
    plain = _TYPE.sub(lambda types: " or ".join(_WORDS.get(one, one) for one in types[1].split(" | ")), what)
    return path, plain[0].lower() + plain[1:]


def _fields(path: Path) -> list[str]:
    """The fields of the struct at a path of a scorecard."""
    shape: msgspec.inspect.Type = msgspec.inspect.type_info(Scorecard)
    for step in path:
        shape = _inner(shape)
        if isinstance(shape, msgspec.inspect.StructType):
            shape = next(field.type for field in shape.fields if field.encode_name == step)
        elif isinstance(shape, msgspec.inspect.VarTupleType):
            shape = shape.item_type
    shape = _inner(shape)
    return [field.encode_name for field in shape.fields] if isinstance(shape, msgspec.inspect.StructType) else []


def _inner(shape: msgspec.inspect.Type) -> msgspec.inspect.Type:
    """Of something or nothing, something."""
    while isinstance(shape, (msgspec.inspect.Metadata, msgspec.inspect.UnionType)):
        shape = shape.type if isinstance(shape, msgspec.inspect.Metadata) else shape.types[0]
    return shape
