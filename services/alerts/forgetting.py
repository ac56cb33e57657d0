"""Forgets accounts: their conditions, alerts and messages, and their lines in messages of several accounts."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alerts import Digest, Message
from schemas.codec import encode
from services.alerts.queries import forgetting
from services.alerts.queries.forgetting import Gone

_decoder: msgspec.json.Decoder[Message | Digest] = msgspec.json.Decoder(Message | Digest)


async def forget_alerts(connection: AsyncConnection, gone: Sequence[Gone]) -> None:
    """Delete whatever came of accounts before the records that say they are forgotten."""
    await forgetting.forget_alerts(connection, gone)
    for account_id in {one.account_id for one in gone}:
        for sealed in await forgetting.shared_messages(connection, msgspec.json.encode(account_id)):
            said = _decoder.decode(sealed.body)
            if not isinstance(said, Digest):
                continue  # an incident names no account
            left = tuple(told for told in said.data.alerts if told.alert.account_id != account_id)
            if left:
                body = encode(replace(said, data=replace(said.data, alerts=left)))
                await forgetting.reword(connection, sealed.message_id, body)
            else:
                await forgetting.withdraw(connection, sealed.message_id)
