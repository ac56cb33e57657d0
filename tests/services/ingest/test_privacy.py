"""What is kept of people and accounts, by HTTP."""

import httpx
import pytest

from schemas.codec import decode_activity
from services.ingest.app import create_app
from services.ingest.core.privacy import Privacy
from services.ingest.front_door import FrontDoor
from services.ingest.settings import IngestBlock
from services.runtime.keys import KeyRing, make_key
from services.runtime.scopes import Scope
from tests.services.ingest.doubles import ListOutbox

KEY, KEPT = make_key(Scope.INGEST, "web")
PRIVACY = Privacy(lambda user_id: f"name of {len(user_id)}", frozenset({"plan"}))
PERSON = {
    "userId": "ada@example.com",
    "anonymousId": "ada@example.com",
    "context": {"groupId": "acme", "ip": "203.0.113.7"},
}
CALLS = [
    {**PERSON, "type": "track", "event": "login", "properties": {"email": "ada@example.com"}},
    {**PERSON, "type": "identify", "traits": {"email": "ada@example.com", "name": "Ada"}},
    {**PERSON, "type": "group", "groupId": "acme", "traits": {"plan": "pro", "owner": "Ada", "name": "Ada's"}},
    {"userId": "ada@example.com", "type": "page", "name": "Docs"},
]


@pytest.mark.parametrize("ip_header", ["X-Forwarded-For", "Forwarded"])
async def test_users_are_named_anew_traits_are_chosen_and_addresses_are_nowhere(ip_header):
    outbox = ListOutbox()
    app = create_app(FrontDoor(outbox, IngestBlock(), privacy=PRIVACY), KeyRing({KEPT.id: KEPT}), {})
    headers = {"Authorization": f"Bearer {KEY}", ip_header: "203.0.113.7"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", headers=headers) as client:
        answer = await client.post("/v1/batch", json={"batch": CALLS})
    records = [decode_activity(one.value) for one in outbox.kept]

    assert answer.status_code == 200
    assert {getattr(one, "user_id", "name of 15") for one in records} == {"name of 15"}
    assert [one.said() for one in records if hasattr(one, "said")] == [[("plan", "pro")]]
    written = b"".join(one.value + (one.key or b"") for one in outbox.kept)
    assert not any(part in written for part in (b"Ada", b"ada@", b"203.0.113.7"))
