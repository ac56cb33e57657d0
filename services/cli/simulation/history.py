"""What happened in an interval, over all customers."""

from schemas.time import Instant, day_of
from services.cli.simulation.account import Happening
from services.cli.simulation.days import happenings_of
from services.cli.simulation.world import World


def history(world: World, opens: Instant, closes: Instant) -> list[Happening]:
    """What customers did in `[opens, closes)`, in order; two neighbouring intervals are one, cut in two."""
    done = [
        happening
        for account in world.accounts
        for day in range(day_of(opens), day_of(closes - 1) + 1)
        for happening in happenings_of(account, day, world.seed, world.density)
        if opens <= happening.occurred_at < closes
    ]
    return sorted(done, key=lambda happening: (happening.occurred_at, happening.account_id, happening.user_id))
