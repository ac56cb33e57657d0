"""Mail by SMTP: text and HTML of the same letter, one Message-ID for ever, and a way to be left alone."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from html import escape
from typing import Final

import aiosmtplib
import msgspec

from schemas.sentences import Language
from services.alerts.core.attempts import Answer, Delivered, Failed, Hopeless
from services.alerts.letter import Item, Letter, letter
from services.alerts.settings import MailBlock

_SECONDS: Final = 20.0
_PERMANENT: Final = 500  # SMTP: from here on another try would end the same
_STYLE: Final = "font-family:sans-serif;max-width:40em;line-height:1.5"


class MailChannel:
    """Sends letters through one server."""

    def __init__(self, settings: MailBlock) -> None:
        self._settings = settings

    async def deliver(self, message_id: str, address: str, language: Language, body: bytes) -> Answer:
        """What the server said."""
        settings = self._settings
        if settings.host is None:
            return Hopeless("no mail server: set KIZASHI_SMTP_HOST")
        try:
            message = as_mail(letter(body, language), message_id, address, language, settings)
        except (msgspec.DecodeError, ValueError) as wrong:
            return Hopeless(f"it cannot be written: {wrong}")
        try:
            return Delivered(await self._send(message, settings.host))
        except (aiosmtplib.SMTPException, OSError) as failure:
            return judged(failure)

    async def _send(self, message: EmailMessage, host: str) -> str:
        settings = self._settings
        _, said = await aiosmtplib.send(
            message,
            hostname=host,
            port=settings.port,
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password else None,
            use_tls=settings.encryption == "tls",
            start_tls=settings.encryption == "starttls",
            timeout=_SECONDS,
        )
        return said


def judged(failure: Exception) -> Answer:
    """What a refusal means: 5xx is for good, except for a password, which can be mended."""
    match failure:
        case aiosmtplib.SMTPRecipientsRefused(recipients=refused):
            codes = [one.code for one in refused]
            answer = "; ".join(f"{one.code} {one.message}" for one in refused)
        case aiosmtplib.SMTPAuthenticationError():
            return Failed(f"{failure.code} {failure.message}")
        case aiosmtplib.SMTPResponseException():
            codes = [failure.code]
            answer = f"{failure.code} {failure.message}"
        case _:
            return Failed(f"{type(failure).__name__}: {failure}")
    return Hopeless(answer) if min(codes) >= _PERMANENT else Failed(answer)


def as_mail(written: Letter, message_id: str, address: str, language: Language, settings: MailBlock) -> EmailMessage:
    """The mail. Raises ValueError where an address is none."""
    mail = EmailMessage()
    name, sender = parseaddr(settings.sender)
    mail["From"] = Address(name, addr_spec=sender)
    mail["To"] = Address(addr_spec=address)
    mail["Subject"] = " ".join(written.subject.split())
    mail["Message-ID"] = f"<{message_id}@{sender.partition('@')[2] or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = language.value
    way_out = settings.unsubscribe or f"mailto:{sender}?subject=unsubscribe"
    mail["List-Unsubscribe"] = f"<{way_out if ':' in way_out else f'mailto:{way_out}'}>"
    if way_out.startswith("https:"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(as_text(written))
    mail.add_alternative(as_html(written, language), subtype="html")
    return mail


def as_text(written: Letter) -> str:
    """The letter as plain text."""
    parts = [written.lead] if written.lead else []
    for item in written.items:
        lines = [item.heading, item.title, item.facts, *(f"- {reason}" for reason in item.reasons)]
        parts.append("\n".join(line for line in lines if line))
        parts += [part for part in (item.playbook.strip(), item.answer) if part]
    parts += [written.url] if written.url else []
    return "\n\n".join(parts) + "\n"


def as_html(written: Letter, language: Language) -> str:
    """The letter as HTML; everything that came from outside is escaped."""
    parts = [f"<p>{escape(written.lead)}</p>"] if written.lead else []
    parts += [_html(item) for item in written.items]
    if written.url:
        parts.append(f'<p><a href="{escape(written.url)}">{escape(written.url)}</a></p>')
    inner = "\n".join(parts)
    return f'<!doctype html><html lang="{language.value}"><body style="{_STYLE}">\n{inner}\n</body></html>\n'


def _html(item: Item) -> str:
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in item.reasons)
    return "\n".join(
        part
        for part in (
            f"<h2>{escape(item.heading)}</h2>",
            f"<p><strong>{escape(item.title)}</strong><br>{escape(item.facts)}</p>",
            f"<ul>{reasons}</ul>" if reasons else "",
            f'<p style="white-space:pre-wrap">{escape(item.playbook.strip())}</p>' if item.playbook.strip() else "",
            f"<p><code>{escape(item.answer)}</code></p>",
        )
        if part
    )
