"""What each signal saw, in one plain sentence, in English and in Japanese.

In words that can be checked against the account's history.
"""

from collections.abc import Callable
from typing import Final

from schemas.changes import ScoreChange
from schemas.phrases import Sentence, counted, dated, day_told, length, number


def _life_rate(days: float, change: ScoreChange) -> Sentence:
    first = dated(change.first_event_at, " since its first event ({})", "（{}）")
    return Sentence(
        en=f"Active on {number(days)} of every 30 days{first.en}.",
        ja=f"利用開始{first.ja}以降、30日あたり平均{number(days)}日利用しています。",
    )


def _recency(days: float, change: ScoreChange) -> Sentence:
    last = dated(change.last_event_at, " ({})", "（{}）")
    if days < 1:
        return Sentence(en=f"Active within the last day{last.en}.", ja=f"直近1日以内に利用がありました{last.ja}。")
    return Sentence(
        en=f"Last active {counted(days, 'day')} ago{last.en}.",
        ja=f"最後の利用{last.ja}から{number(days)}日経過しています。",
    )


def _silence(days: float, change: ScoreChange) -> Sentence:
    quiet = Sentence(en=f"No activity for {counted(days, 'day')}", ja=f"{number(days)}日間利用がありません。")
    if days < 1:
        quiet = Sentence(en="Active within the last day", ja="直近1日以内に利用がありました。")
    if change.silence_deadline is None or change.last_event_at is None:
        return Sentence(en=f"{quiet.en}.", ja=quiet.ja)
    usual = length(change.silence_deadline - change.last_event_at)
    if change.at < change.silence_deadline:
        return Sentence(
            en=f"{quiet.en}; up to {usual.en} of silence is usual for this account.",
            ja=f"{quiet.ja}この顧客では{usual.ja}までの空白は通常の範囲内です。",
        )
    return Sentence(
        en=f"{quiet.en}; silence past {usual.en} is unusual for this account.",
        ja=f"{quiet.ja}この顧客で利用が{usual.ja}を超えて途切れることは通常ありません。",
    )


def _level(events: float, _: ScoreChange) -> Sentence:
    if events == 0:
        return Sentence(en="No events in the last 28 days.", ja="直近28日間、イベントがありません。")
    return Sentence(
        en=f"{counted(events, 'event')} in the last 28 days.",
        ja=f"直近28日間のイベントは{number(events)}件です。",
    )


def _decline(days: float, _: ScoreChange) -> Sentence:
    if number(days) == "0":
        return Sentence(
            en="As active in recent weeks as in its own past.",
            ja="直近数週間の利用日数は、この顧客のこれまでの水準を保っています。",
        )
    return Sentence(
        en=f"{counted(days, 'active day')} fewer than usual for it in recent weeks.",
        ja=f"直近数週間の利用日数は、この顧客のこれまでの水準を合計{number(days)}日下回っています。",
    )


def _active_users(users: float, change: ScoreChange) -> Sentence:
    seats = change.facts.seats
    of_seats = f" ({counted(seats, 'seat')})" if seats else ""
    of_seats_ja = f"（契約{number(seats)}席）" if seats else ""
    if users == 0:
        return Sentence(
            en=f"No user active in the last 28 days{of_seats}.",
            ja=f"直近28日間に利用したユーザーはいません{of_seats_ja}。",
        )
    return Sentence(
        en=f"{counted(users, 'user')} active in the last 28 days{of_seats}.",
        ja=f"直近28日間に利用したユーザーは{number(users)}人です{of_seats_ja}。",
    )


def _breadth(features: float, _: ScoreChange) -> Sentence:
    if features == 0:
        return Sentence(en="Has used none of the features so far.", ja="これまでに利用した機能はありません。")
    return Sentence(
        en=f"Has used {counted(features, 'feature')} so far.",
        ja=f"これまでに利用した機能は{number(features)}種類です。",
    )


def _change(percent: float, _: ScoreChange) -> Sentence:
    if round(percent) == 0:
        return Sentence(
            en="As many events in the last seven days as in its usual week.",
            ja="直近7日間のイベント数は、この顧客の通常の週と同じ水準です。",
        )
    share = number(abs(round(percent)))
    side = Sentence(en="fewer", ja="少なく") if percent < 0 else Sentence(en="more", ja="多く")
    return Sentence(
        en=f"{share}% {side.en} events in the last seven days than in its usual week.",
        ja=f"直近7日間のイベント数は、この顧客の通常の週より{share}%{side.ja}なっています。",
    )


def _seat_utilisation(percent: float, change: ScoreChange) -> Sentence:
    seats = change.facts.seats
    of_seats = Sentence(en="", ja="")
    if seats:
        of_seats = Sentence(en=f" of {counted(seats, 'seat')}", ja=f"契約{number(seats)}席のうち")
    share = number(round(percent))
    return Sentence(
        en=f"{share}%{of_seats.en} in use in the last 28 days.",
        ja=f"直近28日間に利用されたのは、{of_seats.ja}{share}%です。",
    )


def _users_gone_quiet(users: float, _: ScoreChange) -> Sentence:
    if users == 0:
        return Sentence(
            en="Every regular user has been active in the last 28 days.",
            ja="定期的に利用していたユーザーは、全員が直近28日間にも利用しています。",
        )
    return Sentence(
        en=f"{counted(users, 'regular user')} not seen in the last 28 days.",
        ja=f"定期的に利用していたユーザーのうち{number(users)}人が、直近28日間に利用していません。",
    )


def _champion_gone(days: float, _: ScoreChange) -> Sentence:
    if days < 1:
        return Sentence(
            en="The user who carries it was active within the last day.",
            ja="利用の中心となっているユーザーは、直近1日以内に利用しています。",
        )
    return Sentence(
        en=f"The user who carries it was last active {counted(days, 'day')} ago.",
        ja=f"利用の中心となっているユーザーの最後の利用から{number(days)}日経過しています。",
    )


def _stickiness(days: float, _: ScoreChange) -> Sentence:
    if days == 0:
        return Sentence(en="No user active in the last 28 days.", ja="直近28日間に利用したユーザーはいません。")
    return Sentence(
        en=f"Its active users came on {counted(days, 'day')} of the last 28 on average.",
        ja=f"利用しているユーザーの直近28日間の利用日数は、平均{number(days)}日です。",
    )


def _intensity(events: float, _: ScoreChange) -> Sentence:
    if events == 0:
        return Sentence(en="No active day in the last 28 days.", ja="直近28日間に利用した日はありません。")
    return Sentence(
        en=f"{counted(events, 'event')} on an active day, on average of the four weeks to its last one.",
        ja=f"最終利用日までの4週間に利用した日の利用回数は、1日平均{number(events)}回です。",
    )


def _volume(events: float, _: ScoreChange) -> Sentence:
    return Sentence(
        en=f"{counted(events, 'event')} on features since the first.",
        ja=f"利用開始からの機能の利用回数は{number(events)}回です。",
    )


def _depth(features: float, _: ScoreChange) -> Sentence:
    return Sentence(
        en=f"{counted(features, 'feature')} used in the last 28 days, of those it once used.",
        ja=f"これまでに利用した機能のうち、直近28日間に利用したのは{number(features)}種類です。",
    )


def _key_features_unused(features: float, _: ScoreChange) -> Sentence:
    if features == 0:
        return Sentence(
            en="Every key feature was used in the last 28 days.",
            ja="主要な機能はすべて直近28日間に利用されています。",
        )
    return Sentence(
        en=f"{counted(features, 'key feature')} not used in the last 28 days.",
        ja=f"主要な機能のうち{number(features)}種類が、直近28日間に利用されていません。",
    )


def _key_level(events: float, _: ScoreChange) -> Sentence:
    if events == 0:
        return Sentence(
            en="No event of a key feature in the last 28 days.",
            ja="直近28日間、主要な機能の利用がありません。",
        )
    return Sentence(
        en=f"{counted(events, 'event')} of key features in the last 28 days.",
        ja=f"直近28日間の主要な機能の利用回数は{number(events)}回です。",
    )


def _friction(events: float, _: ScoreChange) -> Sentence:
    if events == 0:
        return Sentence(
            en="Ran into no friction in the 12 weeks to its last activity.",
            ja="最終利用日までの12週間に、つまずきを示すイベントはありません。",
        )
    return Sentence(
        en=f"Ran into friction {counted(events, 'time')} in the 12 weeks to its last activity.",
        ja=f"最終利用日までの12週間に、つまずきを示すイベントが{number(events)}件ありました。",
    )


def _open_tickets(tickets: float, _: ScoreChange) -> Sentence:
    if tickets == 0:
        return Sentence(en="No ticket is open.", ja="未解決の問い合わせはありません。")
    return Sentence(en=f"{counted(tickets, 'ticket')} open.", ja=f"未解決の問い合わせが{number(tickets)}件あります。")


def _feedback(surplus: float, _: ScoreChange) -> Sentence:
    if surplus > 0:
        return Sentence(
            en="More negative than positive feedback in the last 12 weeks.",
            ja="直近12週間は、否定的な評価が肯定的な評価を上回っています。",
        )
    return Sentence(
        en="No more negative than positive feedback in the last 12 weeks.",
        ja="直近12週間は、否定的な評価が肯定的な評価を上回っていません。",
    )


def _payment_failures(payments: float, _: ScoreChange) -> Sentence:
    if payments == 0:
        return Sentence(en="No payment has failed.", ja="支払いの失敗はありません。")
    return Sentence(
        en=f"{counted(payments, 'payment')} failed in the last 28 days, and none succeeded since.",
        ja=f"直近28日間に支払いが{number(payments)}回失敗し、その後の支払いが完了していません。",
    )


def _recent_moments(moments: float, _: ScoreChange) -> Sentence:
    if moments == 0:
        return Sentence(en="No alarming moment in the last 28 days.", ja="直近28日間に、注意すべき出来事はありません。")
    return Sentence(
        en=f"{counted(moments, 'alarming moment')} in the last 28 days.",
        ja=f"直近28日間に、注意すべき出来事が{number(moments)}件ありました。",
    )


def _value_points(points: float, _: ScoreChange) -> Sentence:
    if points == 0:
        return Sentence(
            en="No value point has been missed.", ja="期限までに到達できなかったバリューポイントはありません。"
        )
    return Sentence(
        en=f"{counted(points, 'value point')} not reached by the deadline.",
        ja=f"期限までに到達できなかったバリューポイントが{number(points)}件あります。",
    )


def _winning_pattern(milestones: float, _: ScoreChange) -> Sentence:
    if milestones == 0:
        return Sentence(en="The winning pattern has been reached.", ja="勝ち筋の状態に到達しています。")
    return Sentence(
        en=f"{counted(milestones, 'milestone')} short of the winning pattern.",
        ja=f"勝ち筋の状態まで、あと{number(milestones)}項目が未達です。",
    )


def _renewal_distance(days: float, change: ScoreChange) -> Sentence:
    renewal = change.facts.renewal_on
    when = Sentence(en="", ja="")
    if renewal is not None:
        when = Sentence(en=f" ({day_told(renewal).en})", ja=f"（{day_told(renewal).ja}）")
    if days == 0:
        return Sentence(en=f"The renewal is today{when.en}.", ja=f"契約更新日は本日です{when.ja}。")
    return Sentence(
        en=f"{counted(days, 'day')} until the renewal{when.en}.", ja=f"契約更新{when.ja}まで{number(days)}日です。"
    )


def _contact_distance(days: float, _: ScoreChange) -> Sentence:
    if days < 1:
        return Sentence(en="Somebody spoke with them within the last day.", ja="直近1日以内に連絡を取っています。")
    return Sentence(
        en=f"Nobody has spoken with them for {counted(days, 'day')}.",
        ja=f"最後に連絡を取ってから{number(days)}日経過しています。",
    )


SIGNALS: Final[dict[str, Callable[[float, ScoreChange], Sentence]]] = {
    "life_rate": _life_rate,
    "recency": _recency,
    "silence": _silence,
    "level": _level,
    "decline": _decline,
    "active_users": _active_users,
    "breadth": _breadth,
    "intensity": _intensity,
    "volume": _volume,
    "change": _change,
    "seat_utilisation": _seat_utilisation,
    "users_gone_quiet": _users_gone_quiet,
    "champion_gone": _champion_gone,
    "stickiness": _stickiness,
    "depth": _depth,
    "key_features_unused": _key_features_unused,
    "key_level": _key_level,
    "friction": _friction,
    "open_tickets": _open_tickets,
    "feedback": _feedback,
    "payment_failures": _payment_failures,
    "recent_moments": _recent_moments,
    "value_points": _value_points,
    "winning_pattern": _winning_pattern,
    "renewal_distance": _renewal_distance,
    "contact_distance": _contact_distance,
}


def _of(noun: str, counter: str) -> Callable[[float], Sentence]:
    return lambda value: Sentence(en=counted(value, noun), ja=f"{number(value)}{counter}")


# What a signal saw, without a sentence around it; of `feedback` it says nothing.
SHORT: Final[dict[str, Callable[[float], Sentence]]] = {
    "life_rate": _of("day", "日"),
    "recency": _of("day", "日"),
    "silence": lambda days: Sentence(en=f"silent for {counted(days, 'day')}", ja=f"{number(days)}日間の空白"),
    "level": _of("event", "件"),
    "decline": lambda days: Sentence(en=f"{counted(days, 'active day')} fewer", ja=f"{number(days)}日の不足"),
    "active_users": _of("user", "人"),
    "breadth": _of("feature", "種類"),
    "intensity": _of("event", "回"),
    "volume": _of("event", "回"),
    "change": lambda percent: Sentence(en=f"{round(percent):+}%", ja=f"{round(percent):+}%"),
    "seat_utilisation": lambda percent: Sentence(en=f"{round(percent)}%", ja=f"{round(percent)}%"),
    "users_gone_quiet": _of("user", "人"),
    "champion_gone": _of("day", "日"),
    "stickiness": _of("day", "日"),
    "depth": _of("feature", "種類"),
    "key_features_unused": _of("feature", "種類"),
    "key_level": _of("event", "回"),
    "friction": _of("time", "件"),
    "open_tickets": _of("ticket", "件"),
    "payment_failures": _of("payment", "回"),
    "recent_moments": _of("moment", "件"),
    "value_points": _of("value point", "件"),
    "winning_pattern": _of("milestone", "項目"),
    "renewal_distance": _of("day", "日"),
    "contact_distance": _of("day", "日"),
}
SUBJECTS: Final[dict[str, Sentence]] = {
    "life_rate": Sentence(en="how often it is active", ja="利用の頻度"),
    "recency": Sentence(en="when it was last active", ja="最後の利用時期"),
    "silence": Sentence(en="how long it is usually silent", ja="通常の利用間隔"),
    "level": Sentence(en="how much it does", ja="利用量"),
    "decline": Sentence(en="its activity compared with its own past", ja="これまでと比べた利用の変化"),
    "active_users": Sentence(en="its active users", ja="利用しているユーザー数"),
    "breadth": Sentence(en="the features it uses", ja="利用している機能の幅"),
    "intensity": Sentence(en="how much it does on a day", ja="1日あたりの利用量"),
    "volume": Sentence(en="how much it has done in all", ja="これまでの利用量"),
    "change": Sentence(en="its events compared with its usual week", ja="通常の週と比べた利用の変化"),
    "seat_utilisation": Sentence(en="how many of its seats are used", ja="契約席数に対する利用"),
    "users_gone_quiet": Sentence(en="its regular users", ja="定期的に利用しているユーザー"),
    "champion_gone": Sentence(en="the user who carries it", ja="利用の中心となっているユーザー"),
    "stickiness": Sentence(en="how often its users come", ja="ユーザーの利用頻度"),
    "depth": Sentence(en="the features it still uses", ja="継続して利用している機能"),
    "key_features_unused": Sentence(en="its use of key features", ja="主要な機能の利用"),
    "key_level": Sentence(en="how much it uses key features", ja="主要な機能の利用回数"),
    "friction": Sentence(en="the friction it runs into", ja="利用中のつまずき"),
    "open_tickets": Sentence(en="its tickets", ja="問い合わせの状況"),
    "feedback": Sentence(en="the feedback it gives", ja="寄せられた評価"),
    "payment_failures": Sentence(en="its payments", ja="支払いの状況"),
    "recent_moments": Sentence(en="alarming moments", ja="注意すべき出来事"),
    "value_points": Sentence(en="its value points", ja="バリューポイント"),
    "winning_pattern": Sentence(en="the winning pattern", ja="勝ち筋の状態"),
    "renewal_distance": Sentence(en="its renewal", ja="契約更新"),
    "contact_distance": Sentence(en="when somebody last spoke with them", ja="最後の連絡時期"),
}
