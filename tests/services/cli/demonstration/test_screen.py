import io

from rich.console import Console, RenderableType

from schemas.changes import State
from schemas.time import SECOND, parse_iso
from services.cli.demonstration.scene import Director
from services.cli.demonstration.screen import screen, told, way_in
from services.cli.demonstration.show import PlainLines

NOW = parse_iso("2026-11-22T02:00:00Z")


def drawn(renderable: RenderableType, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(renderable)
    output = console.file
    assert isinstance(output, io.StringIO)
    return output.getvalue()


def test_the_curl_line_is_one_line_that_can_be_pasted():
    (line,) = (line for line in way_in("http://127.0.0.1:8600", "kzs_read_x_y").splitlines() if "curl" in line)
    assert line == ("Try   curl -s -H 'Authorization: Bearer kzs_read_x_y' 'http://127.0.0.1:8600/v1/accounts?limit=3'")


def test_an_account_is_one_row_with_risk_movement_state_reason_and_when_it_was_last_seen(account):
    director = Director()
    director.rank([account(1, 80.0)])
    director.rank([account(1, 83.0)])
    (row,) = (line for line in drawn(screen(director.scene, NOW, 40)).splitlines() if "Cobalt 1" in line)
    assert row.split() == [
        "83.0",
        "▲3",
        "at",
        "risk",
        "Cobalt",
        "1",
        "team-east",
        "Silent",
        "for",
        "12",
        "days.",
        "12",
        "d",
    ]


def test_a_scene_fits_the_height_of_the_terminal(account, change):
    director = Director()
    director.rank([account(number, 90.0 - number) for number in range(60)])
    director.tell([change(number, (50.0, State.WATCH), (60.0, State.WATCH)) for number in range(6)], NOW)
    assert len(drawn(screen(director.scene, NOW, 30)).splitlines()) <= 30


def test_a_change_is_told_in_one_line(change):
    line = told(change(1, (50.0, State.WATCH), (71.25, State.AT_RISK))).plain
    assert line.startswith("02:00:00 Cobalt Freight 50.0 watch → 71.2 at risk  ")


def test_where_there_is_no_terminal_each_change_of_state_is_said_once(change):
    console = Console(file=io.StringIO(), width=200)
    lines = PlainLines(console)
    director = Director()
    director.tell([change(1, (40.0, State.HEALTHY), (50.0, State.WATCH))], NOW)
    lines.show(director.scene, NOW)
    director.tell([change(2, (55.0, State.WATCH), (60.0, State.WATCH))], NOW)
    director.tell([change(3, (60.0, State.WATCH), (70.0, State.AT_RISK))], NOW)
    lines.show(director.scene, NOW + SECOND)
    lines.show(director.scene, NOW + 2 * SECOND)
    output = console.file
    assert isinstance(output, io.StringIO)
    assert [line[24:39] for line in output.getvalue().splitlines()] == ["40.0 healthy → ", "60.0 watch → 70"]
