"""Sources whose events are missing, by the fleet guard's verdict, and whom that concerns."""

from schemas.activity import Telemetry, Verdict
from schemas.time import Day, Instant, day_of, instant_of
from schemas.value import Value
from services.scoring.core.state import Account

HEARD_DAYS = 28  # an account that a source was silent about for longer is not heard of by it


class Outages(Value, frozen=True):
    """Since when the events of a source are missing; of the source None, of all sources.

    `ended_at`: when it was last found that some are missing no longer.
    """

    since: dict[str | None, Instant]
    ended_at: Instant = 0

    def heard(self, verdict: Telemetry) -> "Outages":
        """With what a verdict says. A source's newest verdict counts, in log order."""
        since = {source: at for source, at in self.since.items() if source != verdict.source}
        if verdict.status is Verdict.CLOSED:
            return Outages(since, max(self.ended_at, instant_of(verdict.at)))
        since[verdict.source] = instant_of(verdict.since)
        return Outages(since, self.ended_at)

    def concerns(self, account: Account) -> bool:
        """Whether events of the account are missing: it was heard of by such a source in the weeks before."""
        return any(self._was_heard(account, source, day_of(at)) for source, at in self.since.items())

    @staticmethod
    def _was_heard(account: Account, source: str | None, day: Day) -> bool:
        sources = account.sources.members
        if source is None:
            return any(newest >= day - HEARD_DAYS for newest, _ in sources.values())
        return source in sources and sources[source][0] >= day - HEARD_DAYS


NO_OUTAGES = Outages({})
