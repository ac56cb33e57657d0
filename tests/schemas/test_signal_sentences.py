"""Every signal's sentences, as a customer success manager reads them."""

from datetime import date

import pytest
from msgspec.structs import replace

from schemas.changes import Facts
from schemas.signal_sentences import SIGNALS, SUBJECTS
from services.scoring.core.signals import SIGNALS as THERE_ARE
from tests.schemas.test_sentences import CHANGE

RENEWING = Facts(seats=25, renewal_on=date(2027, 3, 31))
TOLD = [
    ("change", -62.4, "62% fewer events in the last seven days than in its usual week.", "少なくなっています。"),
    ("change", 12.0, "12% more events in the last seven days than in its usual week.", "多くなっています。"),
    ("change", 0.3, "As many events in the last seven days as in its usual week.", "同じ水準です。"),
    ("seat_utilisation", 48.0, "48% of 25 seats in use in the last 28 days.", "契約25席のうち48%です。"),
    ("users_gone_quiet", 3.0, "3 regular users not seen in the last 28 days.", "3人が、直近28日間に利用していません。"),
    (
        "users_gone_quiet",
        0.0,
        "Every regular user has been active in the last 28 days.",
        "直近28日間にも利用しています。",
    ),
    ("champion_gone", 21.0, "The user who carries it was last active 21 days ago.", "21日経過しています。"),
    ("champion_gone", 0.0, "The user who carries it was active within the last day.", "直近1日以内に利用しています。"),
    ("stickiness", 3.5, "Its active users came on 3.5 days of the last 28 on average.", "平均3.5日です。"),
    ("stickiness", 0.0, "No user active in the last 28 days.", "利用したユーザーはいません。"),
    (
        "intensity",
        2.5,
        "2.5 events on an active day, on average of the four weeks to its last one.",
        "1日平均2.5回です。",
    ),
    ("intensity", 0.0, "No active day in the last 28 days.", "利用した日はありません。"),
    ("volume", 1.0, "1 event on features since the first.", "利用回数は1回です。"),
    ("depth", 2.0, "2 features used in the last 28 days, of those it once used.", "利用したのは2種類です。"),
    (
        "key_features_unused",
        1.0,
        "1 key feature not used in the last 28 days.",
        "1種類が、直近28日間に利用されていません。",
    ),
    ("key_features_unused", 0.0, "Every key feature was used in the last 28 days.", "直近28日間に利用されています。"),
    ("key_level", 3.0, "3 events of key features in the last 28 days.", "主要な機能の利用回数は3回です。"),
    ("key_level", 0.0, "No event of a key feature in the last 28 days.", "主要な機能の利用がありません。"),
    ("friction", 4.0, "Ran into friction 4 times in the 12 weeks to its last activity.", "4件ありました。"),
    ("friction", 0.0, "Ran into no friction in the 12 weeks to its last activity.", "イベントはありません。"),
    ("open_tickets", 1.0, "1 ticket open.", "未解決の問い合わせが1件あります。"),
    ("open_tickets", 0.0, "No ticket is open.", "未解決の問い合わせはありません。"),
    ("feedback", 2.0, "More negative than positive feedback in the last 12 weeks.", "上回っています。"),
    ("feedback", 0.0, "No more negative than positive feedback in the last 12 weeks.", "上回っていません。"),
    (
        "payment_failures",
        2.0,
        "2 payments failed in the last 28 days, and none succeeded since.",
        "支払いが2回失敗し、その後の支払いが完了していません。",
    ),
    ("payment_failures", 0.0, "No payment has failed.", "支払いの失敗はありません。"),
    ("recent_moments", 1.0, "1 alarming moment in the last 28 days.", "注意すべき出来事が1件ありました。"),
    ("recent_moments", 0.0, "No alarming moment in the last 28 days.", "注意すべき出来事はありません。"),
    ("value_points", 1.0, "1 value point not reached by the deadline.", "1件あります。"),
    ("value_points", 0.0, "No value point has been missed.", "バリューポイントはありません。"),
    ("winning_pattern", 2.0, "2 milestones short of the winning pattern.", "あと2項目が未達です。"),
    ("winning_pattern", 0.0, "The winning pattern has been reached.", "到達しています。"),
    ("renewal_distance", 12.0, "12 days until the renewal (31 Mar 2027).", "契約更新（2027年3月31日）まで12日です。"),
    ("renewal_distance", 0.0, "The renewal is today (31 Mar 2027).", "契約更新日は本日です（2027年3月31日）。"),
    ("contact_distance", 41.0, "Nobody has spoken with them for 41 days.", "41日経過しています。"),
    ("contact_distance", 0.0, "Somebody spoke with them within the last day.", "直近1日以内に連絡を取っています。"),
]


def test_every_signal_has_a_sentence_and_a_name_for_what_it_is_about():
    assert set(SIGNALS) == set(SUBJECTS) == set(THERE_ARE)


@pytest.mark.parametrize(("signal", "value", "en", "ja"), TOLD)
def test_a_signal_says_what_it_saw(signal: str, value: float, en: str, ja: str):
    sentence = SIGNALS[signal](value, replace(CHANGE, facts=RENEWING))
    assert sentence.en == en
    assert sentence.ja.endswith(ja)


def test_facts_that_are_not_known_are_left_out():
    without = replace(CHANGE, facts=Facts())
    assert SIGNALS["seat_utilisation"](48.0, without).en == "48% in use in the last 28 days."
    assert SIGNALS["renewal_distance"](1.0, without).en == "1 day until the renewal."
