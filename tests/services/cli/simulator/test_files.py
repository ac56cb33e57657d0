from dataclasses import replace
from pathlib import Path
from random import Random

from schemas.time import parse_iso
from services.cli.simulation.account import Happening
from services.cli.simulation.world import draw_world
from services.cli.simulator.files import write_history, write_roster

STARTS = parse_iso("2026-11-22T02:00:00Z")


def test_history_is_one_row_for_each_happening(tmp_path: Path):
    viewed = Happening(STARTS, "cobalt-freight", "cobalt-freight/1", "board_viewed", "boards")
    write_history(tmp_path / "new" / "history.csv", [viewed, replace(viewed, event_name="signed_in", feature=None)])
    assert (tmp_path / "new" / "history.csv").read_text() == (
        "account_id,user_id,event_name,feature,timestamp\n"
        "cobalt-freight,cobalt-freight/1,board_viewed,boards,2026-11-22T02:00:00.000Z\n"
        "cobalt-freight,cobalt-freight/1,signed_in,,2026-11-22T02:00:00.000Z\n"
    )


def test_the_roster_has_every_fact_of_an_account(tmp_path: Path):
    (drawn,) = draw_world(7, Random(7), 1, STARTS).accounts
    account = replace(
        drawn, account_id="a", name="A B", plan="team", segment="mid", seats=3, arr_cents=43_200, renewal_on=20_000,
        owner="team-east", time_zone="Asia/Tokyo",
    )  # fmt: skip
    write_roster(tmp_path / "roster.csv", [account])
    assert (tmp_path / "roster.csv").read_text() == (
        "account_id,name,plan,segment,seats,arr_cents,renewal_on,owner,time_zone\n"
        "a,A B,team,mid,3,43200,2024-10-04,team-east,Asia/Tokyo\n"
    )
