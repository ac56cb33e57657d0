"""Whether a value has the shape of a scorecard: every field that has not, in words, with what may have been meant."""

import re
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

import msgspec

from schemas.scorecard import Scorecard
from services.scoring.marked_yaml import Path

_PLACE: Final = re.compile(r"^(?P<what>.*) - at `(?:key` in `)?\$(?P<path>[^`]*)`$", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN: Final = re.compile(r"^Object contains unknown field `(.*)`$")
_MISSING: Final = re.compile(r"^Object missing required field `(.*)`$")
_ENUM: Final = re.compile(r"^Invalid (?:enum )?value '(.*)'$")
_LENGTH: Final = "[smhd]$"  # the end of a length's pattern
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
            path, what = _told(str(refused), sections)
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


def _told(refusal: str, value: Any) -> tuple[Path, str]:  # noqa: ANN401 - whatever YAML said
    """The path of a refusal, and what it says in words."""
    found = _PLACE.match(refusal)
    what, steps = (found["what"], found["path"]) if found else (refusal, "")
    path: Path = tuple(name or int(index) for name, index in _STEP.findall(steps))
    if unknown := _UNKNOWN.match(what):
        name = unknown[1]
        return (*path, name), f"there is no such field here{nearest(name, _fields(_shape_at(path, value)))}"
    if missing := _MISSING.match(what):
        return (*path, missing[1]), "it is missing"
    if one := _ENUM.match(what):
        return path, f"{one[1]} may not stand here{nearest(one[1], _choices(path, value))}"
    if _LENGTH in what:
        return path, "it is no length of time, such as 45s, 30m, 12h or 2d"
    plain = _TYPE.sub(lambda types: " or ".join(_WORDS.get(one, one) for one in types[1].split(" | ")), what)
    return path, plain[0].lower() + plain[1:]


def _choices(path: Path, value: Any) -> list[str]:  # noqa: ANN401 - whatever YAML said
    """The values that may stand at a path: of an enumeration, or the kinds that a mapping may be of."""
    shape = _shape_at(path, value)
    if isinstance(shape, msgspec.inspect.EnumType):
        return [one.value for one in shape.cls]
    return [str(one.tag) for one in _kinds(_shape_at(path[:-1], value))]


def _fields(shape: msgspec.inspect.Type) -> list[str]:
    """The fields of a struct."""
    return [field.encode_name for field in shape.fields] if isinstance(shape, msgspec.inspect.StructType) else []


def _shape_at(path: Path, value: Any) -> msgspec.inspect.Type:  # noqa: ANN401 - whatever YAML said
    """What a scorecard has at a path; where a mapping may be of several kinds, that which the value says it is."""
    shape: msgspec.inspect.Type = msgspec.inspect.type_info(Scorecard)
    for step in path:
        shape = _told_apart(shape, value)
        if isinstance(shape, msgspec.inspect.StructType):
            fields = {field.encode_name: field.type for field in shape.fields}
            shape = fields.get(str(step), msgspec.inspect.AnyType())
            value = value.get(step)
        elif isinstance(shape, msgspec.inspect.VarTupleType):
            shape, value = shape.item_type, value[step]
    return _told_apart(shape, value)


def _told_apart(shape: msgspec.inspect.Type, value: Any) -> msgspec.inspect.Type:  # noqa: ANN401 - whatever YAML said
    shape = _inner(shape)
    if isinstance(value, dict):
        return next((kind for kind in _kinds(shape) if kind.tag == value.get(kind.tag_field)), shape)
    return shape


def _kinds(shape: msgspec.inspect.Type) -> list[msgspec.inspect.StructType]:
    """The structs that a mapping may be, told apart by a field."""
    if not isinstance(shape, msgspec.inspect.UnionType):
        return []
    return [kind for kind in shape.types if isinstance(kind, msgspec.inspect.StructType) and kind.tag is not None]


def _inner(shape: msgspec.inspect.Type) -> msgspec.inspect.Type:
    """Of something or nothing, something; of one of several kinds, that there are several."""
    while isinstance(shape, msgspec.inspect.Metadata):
        shape = shape.type
    if isinstance(shape, msgspec.inspect.UnionType) and not _kinds(shape):
        return _inner(shape.types[0])
    return shape
