"""What `kizashi explain` and `kizashi account` draw."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from schemas.codec import decode_score_change
from schemas.sentences import Language
from services.api.answers import AccountDetail, detailed, listed
from services.cli import account, accounts, explain

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples" / "score-changes.v1" / "v1" / "accepted"


def example(name: str, language: Language = Language.EN) -> AccountDetail:
    return detailed(decode_score_change((EXAMPLES / f"{name}.json").read_bytes()), language, lag_records=3)


def drawn(thing: object, width: int = 180) -> list[str]:
    console = Console(file=StringIO(), width=width)
    console.print(thing)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]  # it is a StringIO


def test_bars_and_points_add_up_to_the_score():
    lines = drawn(explain.table(example("tick"), Language.EN))
    parts, total = lines[1:-1], lines[-1]

    assert [line.split()[1] for line in parts] == ["17.7", "10.2", "12.5", "9.4", "4.7", "2.5", "0.0"]
    assert total.split() == ["sum", "=", "the", "score", "57.0", "█" * 23]
    assert sum(line.count("█") for line in parts) == 23


def test_a_movement_is_shown_where_there_was_a_score_before():
    lines = drawn(explain.table(example("tick"), Language.EN))

    assert [line.split()[2] for line in lines if line.startswith(("silence", "active_users"))] == ["+8.1", "="]


def test_what_made_it_so_is_said_in_the_language_asked_for():
    assert explain.history(example("tick", Language.JA), Language.JA)[0] == (
        "2026-11-22 04:00 UTC から。時間の経過、または新しい記録によるものです。"
        "それ以前（2026-11-21 04:00 UTC から）は 44.8。"
    )


def test_on_a_narrow_screen_every_signal_keeps_its_sentence():
    detail = example("tick")
    lines = drawn(explain.table(detail, Language.EN, 16), width=80)
    said = " ".join(" ".join(line[56:] for line in lines).split())

    assert all(part.sentence in said for part in detail.contributions), lines


def test_what_people_said_is_told_with_who_until_when_and_why():
    assert account.words(example("judged"), Language.EN) == [
        "Set to at risk by sato@example.com until 31 Jan 2027: Their new head of IT wants to go back to spreadsheets.",
        "Muted by sato@example.com until 5 Jan 2027: Closed over New Year.",
    ]
    assert account.words(example("tick"), Language.EN) == []


def test_an_unknown_account_has_a_heading_without_a_score():
    assert drawn(account.heading(example("never-seen"), Language.EN)) == ["NewCo (newco)   unknown"]


def test_facts_are_in_words_and_units():
    lines = [line.split("  ") for line in drawn(account.facts(example("tick"), Language.EN))]
    shown = {words[0]: words[-1].strip() for words in lines}

    assert {name: shown[name] for name in ("owner", "annual revenue", "changes not served yet", "last event")} == {
        "owner": "sato@example.com",
        "annual revenue": "12,000.00",
        "changes not served yet": "3",
        "last event": "2026-11-13 07:40 UTC",
    }


def test_the_list_tells_name_and_id_apart():
    change = decode_score_change((EXAMPLES / "tick.json").read_bytes())
    lines = drawn(accounts.table([listed(change, Language.EN)], Language.EN), width=120)

    assert lines[1].split("  ") == [
        *("57.0", "watch", "Acme KK (acme)"),
        *("Active on 6.2 of every 30 days since its first event (1 Mar 2026).", "2026-11-13"),
    ]


@pytest.mark.parametrize(("is_filtered", "hint"), [(True, "without filters"), (False, "kizashi import FILE")])
def test_an_empty_list_says_what_to_do(is_filtered, hint):
    assert hint in accounts.nothing(is_filtered=is_filtered)
