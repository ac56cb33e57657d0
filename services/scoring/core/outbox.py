"""What comes out of a partition, record by record, in order."""

from collections.abc import Sequence

from schemas.changes import ScoreChange
from schemas.conditions import Condition
from services.scoring.core.because import Because
from services.scoring.core.counted import OF_STATUS, Counts
from services.scoring.core.recorded import Gone, Output, Unusable


class Outbox:
    """The `outputs` of the record at hand, numbered for each account: as a rule none."""

    __slots__ = ("_caused", "_counts", "outputs")

    def __init__(self, counts: Counts) -> None:
        """Empty. What is put in is counted there."""
        self._counts = counts
        self.outputs: list[Output] = []
        self._caused: dict[str, tuple[int, int]] = {}  # changes and conditions, by the record at hand, of accounts

    def because(self, account_id: str, because: Because) -> Because:
        """The cause of what is told of an account next: it says how much the record has caused for it before."""
        caused = self._caused.get(account_id)
        return because if caused is None else because._replace(ordinal=caused[0], conditions=caused[1])

    def tell(
        self, account_id: str, change: ScoreChange | None, conditions: Sequence[Condition], because: Because
    ) -> None:
        """Put in what an account's evaluation found."""
        changes, counts = because.ordinal, self._counts
        if change is not None:
            counts.changes += 1
            self.outputs.append(change)
            changes += 1
        if conditions:
            self.outputs += conditions
            for condition in conditions:
                counts.rest[OF_STATUS[condition.status]] += 1
        self._caused[account_id] = changes, because.conditions + len(conditions)

    def refuse(self, unusable: Unusable) -> None:
        """Put in a record that could not be used."""
        self.outputs.append(unusable)

    def gone(self, account_id: str) -> None:
        """Put in that an account was forgotten."""
        self.outputs.append(Gone(account_id))

    def taken(self) -> list[Output]:
        """Everything that the record has brought out. Empty for the next one."""
        outputs, self.outputs = self.outputs, []
        self._caused.clear()
        return outputs
