"""How two scorecards differ, in words."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from schemas.scorecard import Scorecard

_NAMES: Final = ("signal", "name")  # what the items of a list are known by
_ABSENT: Final = object()


def differences(old: Scorecard, new: Scorecard) -> list[str]:
    """What is different in the new one, section by section; nothing for scorecards that mean the same.

    "signals, silence: points 10, was 5"; "signals: friction is new (points 10)"; "signals: breadth is gone".
    """
    return [sentence for before, after in [(_plain(old), _plain(new))] for sentence in _of(before, after, ())]


def _plain(scorecard: Scorecard) -> Any:  # noqa: ANN401 - what JSON holds
    return _keyed(msgspec.to_builtins(scorecard))


def _keyed(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """The value with lists of named things as mappings by their names."""
    if isinstance(value, dict):
        return {name: _keyed(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        key = next((name for name in _NAMES if name in value[0]), None)
        if key is not None:
            return {item[key]: {name: _keyed(inner) for name, inner in item.items() if name != key} for item in value}
    return value


def _of(old: Any, new: Any, path: tuple[str, ...]) -> Iterator[str]:  # noqa: ANN401 - what JSON holds
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _of(before, after, (*path, name))
        else:
            where = f"{', '.join(path)}: " if path else ""
            yield f"{where}{_words(name, before, after)}"


def _words(name: str, before: object, after: object) -> str:
    if before is _ABSENT:
        return f"{name} is new ({_told(after)})"
    if after is _ABSENT:
        return f"{name} is gone (was {_told(before)})"
    return f"{name} {_told(after)}, was {_told(before)}"


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(inner)}" for name, inner in value.items()) or "nothing"
    if isinstance(value, list | tuple):
        return " + ".join(_told(item) for item in value) or "none"
    return str(value)
