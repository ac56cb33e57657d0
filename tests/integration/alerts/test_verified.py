"""What the oracle says of what alerts were made of."""

from sqlalchemy import text

from schemas.codec import encode
from schemas.conditions import Severity, Status
from services.cli.verification.queries import alerts_that_differ, conditions_kept
from services.runtime.database import snapshot, transaction
from tests.integration.conftest import PARTITIONS
from tests.services.alerts.core.lives import condition

OPENED = condition(Status.OPENED)
WORSENED = condition(Status.WORSENED, 1, value=9.0, severity=Severity.CRITICAL)
NEVER_OPEN = condition(Status.CLOSED, account_id="late", id="log:0:9:late:0:quiet")  # it was open before our time


async def test_alerts_are_of_the_newest_condition_and_whatever_else_they_say_is_found(alerts, hears, engine):
    await hears(OPENED, WORSENED, NEVER_OPEN)
    alert = await alerts.alert()
    await alerts.all_delivered(alert["id"])
    async with snapshot(engine) as connection:
        kept = [one for number in range(PARTITIONS) async for one in conditions_kept(connection, number)]
        assert (dict(kept), await alerts_that_differ(connection)) == (
            {one.id: encode(one) for one in (OPENED, WORSENED, NEVER_OPEN)},
            [],
        )
    async with transaction(engine) as connection:
        older = {"body": encode(OPENED)}
        await connection.execute(text("UPDATE alerts SET condition = :body"), older)
        assert await alerts_that_differ(connection) == [
            (alert["id"], f"is not of the newest condition, {WORSENED.id}"),
        ]
        await connection.execute(text("DELETE FROM alerts"))
        await connection.execute(text("DELETE FROM conditions WHERE condition_id <> :id"), {"id": OPENED.id})
        assert await alerts_that_differ(connection) == [(OPENED.id, "made no alert")]
