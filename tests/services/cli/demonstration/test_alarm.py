"""The demo's alerts: which are shown, and what is said of each step of theirs."""

from msgspec.structs import replace

from schemas.alerts import AlertClosed, AlertOpened, AlertStatus, MessageData, Spoke, ToldAlert
from schemas.conditions import RuleKind, Status
from schemas.time import SECOND, Instant, instant_of
from services.alerts.core.hear import Around, hear
from services.alerts.telling import told
from services.cli.demonstration.alarm import SHOWN, Alarms, Expected
from services.cli.demonstration.board import alarm_lines, board
from services.cli.demonstration.scene import Director
from tests.services.alerts.core.lives import condition


def alert(account: str = "acme", kind: RuleKind = RuleKind.SILENCE, status: AlertStatus = AlertStatus.OPEN):
    opened = hear(None, condition(Status.OPENED, account_id=account, id=f"log:0:1:{account}:0:q", kind=kind), Around(0))
    assert opened is not None
    return replace(told(opened.alert), status=status)


SINCE: Instant = instant_of(alert().opened_at)
MESSAGES = {Spoke.OPENED: AlertOpened, Spoke.CLOSED: AlertClosed}


def message(spoke: Spoke, one):
    data = MessageData(account_id="acme", account_name=None, url="", alerts=(ToldAlert(told=spoke, alert=one),))
    return MESSAGES[spoke](timestamp=one.opened_at, data=data)


def shown(director: Director) -> list[str]:
    return [line.plain for line in board(director.scene, "kizashi ack", SINCE)]


def test_before_there_is_one_it_is_said_whose_silence_will_be_one():
    director = Director(SINCE)
    director.expect(Expected("Cobalt Freight", SINCE + 30 * SECOND))
    (line,) = shown(director)
    assert line.startswith("None yet. Unless Cobalt Freight is seen, one at ")


def test_an_alert_is_followed_from_its_delivery_to_its_end():
    director, one = Director(SINCE), alert()
    director.deliver_to("http://127.0.0.1:1/here")
    director.hear(message(Spoke.OPENED, one), SINCE + SECOND)
    opened = shown(director)
    director.alert([replace(one, status=AlertStatus.ACKNOWLEDGED)])
    taken = shown(director)
    director.hear(message(Spoke.CLOSED, replace(one, status=AlertStatus.CLOSED, holds=False)), SINCE + 9 * SECOND)
    closed = shown(director)

    delivered = "  delivered to http://127.0.0.1:1/here after 1.0 s, signature valid"
    assert opened[-2:] == [delivered, f"  kizashi ack {one.id}"]
    assert taken[-2:] == [delivered, "  acknowledged; it closes by itself when the customer is back"]
    assert closed[-1].endswith("its condition no longer holds, and the receiver was told")


def test_what_was_not_delivered_is_not_said_to_be():
    lines = [line.plain for line in alarm_lines(_only(alert()), "http://127.0.0.1:1/here", "kizashi ack")]
    assert [line for line in lines if "delivered" in line] == []


def test_what_ends_without_having_been_seen_open_is_not_shown():
    """A customer that was quiet in the history came back: it read as an alert that nobody had been told of."""
    alarms, one = Alarms(0), replace(alert(), status=AlertStatus.CLOSED, holds=False)
    alarms.hear(message(Spoke.CLOSED, one), SINCE)
    alarms.read([one])
    assert alarms.shown == ()


def _only(one):
    alarms = Alarms(0)
    alarms.read([one])
    return alarms.shown[0]


def test_silences_come_first_and_what_was_there_before_is_not_shown():
    alarms = Alarms(SINCE)
    moments = [alert(f"m{number}", RuleKind.MOMENT) for number in range(SHOWN + 2)]
    alarms.read([*moments, alert("quiet"), replace(alert("old"), is_backfill=True)])
    assert (len(alarms.shown), alarms.shown[0].alert.account_id) == (SHOWN, "quiet")
    later = Alarms(SINCE + 1)
    later.read(moments)
    assert later.shown == ()
