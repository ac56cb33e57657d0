"""The SDKs for browsers send a day of a product from a page of another origin; the log holds it, each event once."""

import pytest

from schemas.time import moment_of
from services.runtime.clock import now
from tests.browser.conftest import open_page
from tests.integration.conftest import (
    database,  # noqa: F401 - a fixture
    kafka,  # noqa: F401 - a fixture
    log_identity,  # noqa: F401 - a fixture
    parts,  # noqa: F401 - a fixture
)
from tests.integration.ingest.clients.faulty import faulty_way
from tests.integration.ingest.clients.logged import the_log_holds
from tests.integration.ingest.clients.script import Script, begin_of
from tests.integration.ingest.conftest import (
    ingest,  # noqa: F401 - a fixture
    key,  # noqa: F401 - a fixture
    start_ingest,  # noqa: F401 - a fixture
)

FAULTS = 2


@pytest.mark.parametrize(("page", "mode"), [("segment", "single"), ("segment", "batching"), ("posthog", "")])
async def test_the_log_holds_the_day_that_a_browser_has_sent(ingest, kafka, tmp_path, page, mode):  # noqa: F811 - fixtures
    script = Script(f"{page}-{mode}", begin_of(moment_of(now())), users_number=1)
    async with faulty_way(ingest.url, FAULTS) as way:
        told = {"url": way.url, "ingest": ingest.url, "key": ingest.key, "mode": mode, "calls": script.calls()}
        async with open_page(page, told, tmp_path / "profile") as said:
            assert said == {}
            await the_log_holds(kafka, [script])
    assert way.failed == FAULTS
