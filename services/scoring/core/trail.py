"""Where an account's risk has been: what a fall is measured against."""

from typing import Any

from schemas.time import Day


class Trail:
    """The last score, and of each of the last days the lowest one where none as low came later.

    In whole points, since scores are told where these differ: a fall is one between scores that could be read.

    Days and lows both rise, so that the first low within a window is the lowest of it. Another card is not another
    behaviour: what the account had been under the one before is moved by as much as the score moves when it changes.

    >>> trail = Trail()
    >>> for day, score in ((1, 40), (2, 30), (3, 70), (4, 60)):
    ...     trail.note("card", day, score, days=14)
    >>> trail.lows, trail.rise(4, within=14), trail.rise(4, within=1)
    ([(2, 30), (4, 60)], 30, 0)
    >>> trail.note("another card", 4, 20, days=14)
    >>> trail.lows, trail.rise(4, within=14)
    ([(2, -10), (4, 20)], 30)
    """

    __slots__ = ("card", "lows", "score")  # hot: one for each account, noted at every evaluation

    def __init__(self, card: str = "", score: int = 0, lows: list[tuple[Day, int]] | None = None) -> None:
        """Nothing is known, unless told otherwise."""
        self.card = card
        self.score = score
        self.lows = lows or []

    def note(self, card: str, day: Day, score: int, days: int) -> None:
        """The score is this on a day, under this card. What is older than `days` is forgotten."""
        lows = self.lows
        if card != self.card:
            if lows:
                self.lows = lows = [(one, low + score - self.score) for one, low in lows]
            self.card = card
        elif score == self.score and lows and lows[-1][0] == day:
            return
        self.score = score
        while lows and lows[-1][1] >= score:
            del lows[-1]
        if not lows or lows[-1][0] < day:
            lows.append((day, score))
        first = day - days
        while lows[0][0] < first:
            del lows[0]

    def interrupt(self) -> None:
        """Nobody knows what the account does for a while: by as much as the score moves meanwhile, it is no rise."""
        self.card = ""

    def rise(self, day: Day, within: int) -> int:
        """By how much the risk is above its lowest of the last days, `within` of them before this one."""
        lows, first = self.lows, day - within
        if lows[0][0] >= first:
            return self.score - lows[0][1]
        return self.score - next(low for one, low in lows if one >= first)

    def packed(self) -> tuple[Any, ...]:
        """What the trail can be made from again."""
        return self.card, self.score, self.lows
