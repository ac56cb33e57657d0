"""Slack, by its own SDK: an incoming webhook where the target is a URL, the bot's message where it is a channel."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec
from slack_sdk.errors import SlackApiError, SlackClientError, SlackObjectFormationError
from slack_sdk.models.blocks import Block, ContextBlock, DividerBlock, HeaderBlock, MarkdownTextObject, SectionBlock
from slack_sdk.models.blocks.basic_components import PlainTextObject
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from schemas.sentences import Language
from schemas.time import SECOND
from services.alerts.core.attempts import Answer, Delivered, Failed, Hopeless
from services.alerts.letter import Item, Letter, letter
from services.alerts.settings import SlackBlock

_SECONDS: Final = 15
_MOST_BLOCKS: Final = 48  # Slack takes 50
_LIMITED: Final = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"})


class SlackChannel:
    """Posts letters."""

    def __init__(self, settings: SlackBlock) -> None:
        self._settings = settings

    async def deliver(self, target: str, language: Language, body: bytes) -> Answer:
        """What Slack said."""
        try:
            written = letter(body, language)
            blocks = as_blocks(written)
            for block in blocks:
                block.validate_json()
        except (msgspec.DecodeError, SlackObjectFormationError) as wrong:
            return Hopeless(f"it cannot be written: {wrong}")
        try:
            if target.startswith(("https://", "http://")):
                return await self._to_url(target, escaped(written.subject), blocks)
            return await self._to_channel(target, escaped(written.subject), blocks)
        except SlackApiError as refused:
            return _judged(refused)
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as away:
            return Failed(f"{type(away).__name__}: {away}")

    async def _to_url(self, url: str, text: str, blocks: list[Block]) -> Answer:
        answer = await AsyncWebhookClient(url, timeout=_SECONDS, retry_handlers=[]).send(text=text, blocks=blocks)
        said = f"{answer.status_code} {answer.body}"[:200]
        if answer.status_code == HTTPStatus.OK:
            return Delivered(said)
        if answer.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.FORBIDDEN):  # removed in Slack
            return Hopeless(said)
        return Failed(said, wish=_wish(answer.headers))

    async def _to_channel(self, channel: str, text: str, blocks: list[Block]) -> Answer:
        token = self._settings.token
        if token is None:
            return Hopeless("no bot: set KIZASHI_SLACK_TOKEN, or give this recipient an incoming webhook's URL")
        client = AsyncWebClient(
            token.get_secret_value(), base_url=self._settings.api_url, timeout=_SECONDS, retry_handlers=[]
        )
        answer = await client.chat_postMessage(channel=channel, text=text, blocks=blocks)
        return Delivered(f"ok {answer.get('ts', '')}")


def as_blocks(written: Letter) -> list[Block]:
    """The letter in Block Kit."""
    blocks: list[Block] = [HeaderBlock(text=PlainTextObject(text=_cut(written.subject, HeaderBlock.text_max_length)))]
    if written.lead:
        blocks.append(_section(escaped(written.lead)))
    for number, item in enumerate(written.items):
        more = [*([DividerBlock()] if number else []), *_blocks(item)]
        if len(blocks) + len(more) >= _MOST_BLOCKS:
            blocks.append(_section(f"+ {len(written.items) - number}"))
            break
        blocks += more
    if written.url:
        blocks.append(_section(f"<{escaped(written.url)}>"))
    return blocks


def _blocks(item: Item) -> list[Block]:
    reasons = "\n".join(f"• {escaped(reason)}" for reason in item.reasons)
    blocks: list[Block] = [_section(f"*{escaped(item.heading)}*\n{escaped(item.title)}\n{reasons}".strip())]
    if item.playbook.strip():
        blocks.append(_section(escaped(item.playbook.strip())))
    small = [escaped(part) for part in (item.facts, item.answer) if part]
    blocks.append(ContextBlock(elements=[MarkdownTextObject(text=part) for part in small]))
    return blocks


def _section(text: str) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=_cut(text, SectionBlock.text_max_length)))


def escaped(text: str) -> str:
    """Text that Slack takes for text: it could otherwise mention a whole channel.

    >>> escaped("<!channel> & more")
    '&lt;!channel&gt; &amp; more'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _judged(refused: SlackApiError) -> Answer:
    error = str(refused.response.get("error", refused))
    status = refused.response.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR or error in _LIMITED:
        return Failed(f"{status} {error}", wish=_wish(refused.response.headers))
    return Hopeless(f"{status} {error}")


def _wish(headers: Mapping[str, object]) -> int | None:
    asked = {name.lower(): str(value) for name, value in headers.items()}.get("retry-after", "")
    return int(asked[:9]) * SECOND if asked.isdecimal() else None
