"""What comes out of a partition, record by record, in order."""

from collections.abc import Sequence

from schemas.changes import ScoreChange
from schemas.conditions import Condition
from services.scoring.core.counted import OF_STATUS, Counts
from services.scoring.core.recorded import Gone, Output, Unusable


class Outbox:
    """The `outputs` of the record at hand: as a rule none."""

    __slots__ = ("_counts", "outputs")

    def __init__(self, counts: Counts) -> None:
        """Empty. What is put in is counted there."""
        self._counts = counts
        self.outputs: list[Output] = []

    def tell(self, change: ScoreChange | None, conditions: Sequence[Condition]) -> None:
        """Put in what an account's evaluation found."""
        if change is not None:
            self._counts.changes += 1
            self.outputs.append(change)
        for condition in conditions:
            self._counts.rest[OF_STATUS[condition.status]] += 1
            self.outputs.append(condition)

    def refuse(self, unusable: Unusable) -> None:
        """Put in a record that could not be used."""
        self.outputs.append(unusable)

    def gone(self, account_id: str) -> None:
        """Put in that an account was forgotten."""
        self.outputs.append(Gone(account_id))

    def taken(self) -> list[Output]:
        """Everything that the record has brought out. Empty for the next one."""
        outputs, self.outputs = self.outputs, []
        return outputs
