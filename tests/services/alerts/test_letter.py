"""What people read: mail and Slack of the same letter, in English and in Japanese."""

from datetime import UTC, date, datetime

import pytest
from pydantic import SecretStr

from schemas.alerts import Digest, DigestData, Spoke, ToldAlert
from schemas.changes import Contribution, Facts
from schemas.codec import encode
from schemas.conditions import Severity
from schemas.sentences import Language
from services.alerts.channels.mail import as_html, as_mail, as_text
from services.alerts.channels.slack import as_blocks
from services.alerts.letter import letter
from services.alerts.rendering import message
from services.alerts.settings import MailBlock
from services.alerts.telling import told
from tests.services.alerts.core.lives import Life, condition

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
QUIET = Contribution(signal="silence", value=9.0, points=10.0, limit=10.0, previous_points=4.5)
MAIL = MailBlock(host="mail.example.com", sender="Kizashi <alerts@example.com>", password=SecretStr("x"))


def alert(**more):
    usual = {"contributions": (QUIET,), "severity": Severity.CRITICAL}
    return Life().hear(condition(**{**usual, **more})).now


def body(*alerts) -> bytes:
    return encode(message([(one, Spoke.OPENED) for one in alerts], "https://kizashi.example.com", NOW))


def test_a_letter_says_who_what_why_and_what_to_do():
    written = letter(body(alert()), Language.EN)

    assert written.subject == "[Critical] Acme KK: No activity for 5 days, which is unusual for this account."
    (item,) = written.items
    assert item.reasons == ("No activity for 9 days; silence past 5 days is unusual for this account.",)
    assert item.facts == "Risk 61.5 of 100 · 12,000 a year · owner sato"
    assert (item.playbook, item.answer.startswith("Tell what it was: kizashi resolve al_")) == ("Call them.", True)


def test_the_same_in_japanese():
    written = letter(body(alert()), Language.JA)

    assert written.subject == "[緊急] Acme KK: 5日間利用がありません。この顧客では異例です。"
    assert written.items[0].facts == "リスク 61.5 / 100 · 年間契約額 12,000 · 担当 sato"


def test_a_mail_has_both_forms_one_id_and_a_way_out():
    mail = as_mail(letter(body(alert()), Language.EN), "msg_1", "sato@example.com", Language.EN, MAIL)

    assert (mail["To"], mail["Message-ID"]) == ("sato@example.com", "<msg_1@example.com>")
    assert mail["List-Unsubscribe"] == "<mailto:alerts@example.com?subject=unsubscribe>"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_way_out_by_https_is_one_click():
    settings = MAIL.model_copy(update={"unsubscribe": "https://example.com/out"})
    mail = as_mail(letter(body(alert()), Language.JA), "msg_1", "sato@example.com", Language.JA, settings)

    assert mail["List-Unsubscribe"] == "<https://example.com/out>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_came_from_outside_is_text_and_nothing_else():
    evil = alert(facts=Facts(name="<script>alert(1)</script> <!channel>"), playbook="<b>Call</b>\n& *ask*")
    written = letter(body(evil), Language.EN)
    slack = [block.to_dict() for block in as_blocks(written)]

    assert "<script>" not in as_html(written, Language.EN)
    assert "<script>alert(1)</script>" in as_text(written)
    assert all("<!channel>" not in str(block) for block in slack if block["type"] != "header")  # a header is plain text


def test_a_name_with_a_line_break_stays_one_subject():
    mail = as_mail(
        letter(body(alert(facts=Facts(name="Acme\r\nBcc: all"))), Language.EN),
        "msg_1",
        "s@example.com",
        Language.EN,
        MAIL,
    )

    assert mail["Bcc"] is None


@pytest.mark.parametrize("count", [1, 2, 60])
def test_slack_takes_every_letter(count):
    many = [alert(account_id=f"a{number}", playbook="x" * 4_000) for number in range(count)]
    blocks = as_blocks(letter(body(*many), Language.EN))
    for block in blocks:
        block.validate_json()

    assert len(blocks) <= 50


@pytest.mark.parametrize(("count", "counted"), [(1, "1 alert"), (3, "3 alerts")])
def test_a_digest_is_one_letter_about_all(count: int, counted: str):
    alerts = tuple(ToldAlert(told=Spoke.OPENED, alert=told(alert(account_id=f"a{n}"))) for n in range(count))
    data = DigestData(
        recipient="sato", day=date(2026, 11, 23), url="https://kizashi.example.com/v1/alerts", alerts=alerts
    )
    written = letter(encode(Digest(timestamp=NOW, data=data)), Language.EN)

    assert (written.subject, len(written.items)) == (f"{counted} to look at today (2026-11-23)", count)
