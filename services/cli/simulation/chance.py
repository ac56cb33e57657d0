"""Seeded chance: the same words give the same numbers, on every machine and in every process."""

from random import Random


def chance_of(*words: object) -> Random:
    """A source of numbers that depends on `words` alone.

    >>> chance_of(7, "cobalt-freight", 20_000).random() == chance_of(7, "cobalt-freight", 20_000).random()
    True
    """
    return Random("/".join(map(str, words)))  # noqa: S311 - a simulation, no secret
