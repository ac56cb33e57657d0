"""The scorecard that is in force in a partition."""

from typing import Final

from schemas.activity import Publication
from schemas.time import Instant
from services.scoring.core.cards import Cards, cards_of
from services.scoring.core.inputs import Since, Watch, watched_by

NOTHING_COUNTED: Final = Since((), ())


class InForce:
    """The newest version that was published, ready for use, and since when its inputs have been counted.

    `cards` is None before the first publication. `watch`: which inputs an event counts for, of any version so far.
    """

    __slots__ = ("cards", "publication", "since", "watch")

    def __init__(self, since: Since = NOTHING_COUNTED) -> None:
        """No scorecard yet, though inputs may have been counted."""
        self.since = since
        self.watch = Watch(since.catalogue)
        self.publication: Publication | None = None
        self.cards: Cards | None = None

    def publish(self, publication: Publication, at: Instant) -> None:
        """Idempotent by version: accounts are evaluated under a new one at their next touch or phase."""
        if self.publication is None or publication.version > self.publication.version:
            watched = publication.watched or watched_by(publication.scorecard)
            self.since = self.since.extended(watched, at)
            self.watch = Watch(self.since.catalogue)
            self.publication = publication
            self.cards = cards_of(publication, self.since)

    @property
    def version(self) -> int:
        """The version; 0 before the first publication."""
        return self.publication.version if self.publication else 0

    @property
    def label(self) -> str | None:
        """Version and hash; None before the first publication."""
        return self.cards.label if self.cards else None
