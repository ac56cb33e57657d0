"""What the log holds, compared with scripts."""

from collections.abc import Sequence
from typing import Any

from schemas.activity import AccountFacts, Event, UserLink
from tests.integration.ingest.clients.script import Script, happening, told
from tests.integration.ingest.conftest import log_of


async def the_log_holds(kafka: Any, scripts: Sequence[Script]) -> None:
    """Wait until it holds as many events as all scripts have; then it is these, each once, and what else was told."""
    wanted = {found for script in scripts for found in script.events()}
    events = [record for _, record in await log_of(kafka, lambda record: isinstance(record, Event), len(wanted))]
    assert {happening(event) for event in events} == wanted
    assert len({(event.account_id, event.message_id) for event in events}) == len(events) == len(wanted)

    stated = {found for script in scripts for found in script.told()}
    count = sum(script.statements for script in scripts)
    others = await log_of(kafka, lambda record: isinstance(record, AccountFacts | UserLink), count)
    assert {told(record) for _, record in others} == stated
