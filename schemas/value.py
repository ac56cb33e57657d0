"""Small records that are made and read all the time: several times cheaper than named tuples and frozen dataclasses."""

from msgspec import Struct


class Value(Struct, frozen=True, gc=False, array_like=True):
    """Immutable, equal where all its fields are, and packed as a tuple. `gc=False`: none comes to refer to itself."""
