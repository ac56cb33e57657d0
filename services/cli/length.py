"""A length of time as a person writes it on a command line."""

import re

from schemas.time import DAY, HOUR, MINUTE, SECOND, Instant

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


def length(text: str) -> Instant:
    """Milliseconds of `90s`, `10m`, `1.5h` or `30d`. Raises ValueError.

    >>> length("1.5h"), length("30d") // 86_400_000
    (5400000, 30)
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        msg = f"{text!r} is no length of time: write 90s, 10m, 1.5h or 30d"
        raise ValueError(msg)
    number, unit = found.groups()
    return int(float(number) * _UNITS[unit])
