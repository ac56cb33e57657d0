from schemas.changes import State
from schemas.time import MINUTE, SECOND, parse_iso
from services.cli.demonstration.scene import Director, is_news

NOW = parse_iso("2026-11-22T02:00:00Z")


def test_an_account_is_shown_with_what_it_moved_since_it_was_first_seen(account):
    director = Director()
    director.rank([account(1, 80.0), account(2, 70.0)])
    director.rank([account(1, 75.5), account(2, 71.0)])
    assert [place.moved for place in director.scene.places] == [-4.5, 1.0]


def test_an_account_without_a_score_has_not_moved(account):
    director = Director()
    director.rank([account(1, None, State.UNKNOWN)])
    assert [place.moved for place in director.scene.places] == [0.0]


def test_news_come_newest_first_with_how_long_they_took_to_the_screen(change):
    director = Director()
    first = change(1, (50.0, State.WATCH), (60.0, State.WATCH), NOW - 3 * SECOND)
    second = change(2, (60.0, State.WATCH), (70.0, State.AT_RISK), NOW - 2 * SECOND)
    director.tell([first, second], NOW)
    assert (director.scene.news, director.scene.seconds_to_screen) == ((second, first), 2.0)


def test_what_became_known_long_ago_is_no_news(change):
    director = Director()
    director.tell([change(1, (50.0, State.WATCH), (60.0, State.WATCH), NOW - 2 * MINUTE)], NOW)
    assert (director.scene.news, director.scene.seconds_to_screen) == ((), None)


def test_less_than_a_point_in_the_same_state_is_no_news_nor_is_a_first_score(change):
    assert [
        is_news(change(1, (60.2, State.WATCH), (60.9, State.WATCH))),
        is_news(change(1, (60.2, State.WATCH), (61.2, State.WATCH))),
        is_news(change(1, (64.9, State.WATCH), (65.1, State.AT_RISK))),
        is_news(change(1, None, (65.1, State.AT_RISK))),
    ] == [False, True, True, False]


def test_the_rate_is_that_of_the_last_ten_seconds():
    director = Director()
    for second, events in ((0, 0), (10, 1_000), (20, 1_040)):
        director.count(events, NOW + second * SECOND)
    assert (director.scene.events, director.scene.events_per_second) == (1_040, 4.0)


def test_a_warning_stays_in_sight_while_other_news_pass(change):
    director = Director()
    warning = change(1, (18.0, State.HEALTHY), (22.0, State.HEALTHY), NOW - SECOND)
    director.tell([warning], NOW)
    passing = [change(number, (20.0, State.HEALTHY), (15.0, State.HEALTHY), NOW) for number in range(2, 12)]
    director.tell(passing, NOW)
    assert director.scene.news == (*sorted(passing[-5:], key=lambda one: one.id, reverse=True), warning)
