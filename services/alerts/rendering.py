"""A message for machines: the body of a webhook, and of a record of alerts.v1."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from schemas.alerts import (
    AlertClosed,
    AlertMessage,
    AlertOpened,
    AlertReturned,
    AlertWorsened,
    IncidentMessage,
    MessageData,
    Spoke,
    ToldAlert,
)
from services.alerts.core.alert import RANK, Alert
from services.alerts.telling import told

_TYPES: Final[Mapping[Spoke, type[AlertMessage]]] = {
    Spoke.OPENED: AlertOpened,
    Spoke.WORSENED: AlertWorsened,
    Spoke.RETURNED: AlertReturned,
    Spoke.CLOSED: AlertClosed,
}
_WEIGHT: Final = {Spoke.OPENED: 3, Spoke.RETURNED: 2, Spoke.WORSENED: 1, Spoke.CLOSED: 0}


def message(said: Sequence[tuple[Alert, Spoke]], page_url: str, now: datetime) -> AlertMessage:
    """The alerts of one account (at least one), the most severe first; its type is that of the greatest news."""
    ordered = sorted(said, key=lambda one: (-RANK[one[0].condition.severity], one[0].opened_at, one[0].id))
    news = max((spoke for _, spoke in said), key=lambda spoke: _WEIGHT[spoke])
    condition = ordered[0][0].condition
    return _TYPES[news](
        timestamp=now,
        data=MessageData(
            account_id=condition.account_id,
            account_name=condition.facts.name,
            url=f"{page_url}/v1/accounts/{quote(condition.account_id, safe='')}",
            alerts=tuple(ToldAlert(told=spoke, alert=told(alert)) for alert, spoke in ordered),
        ),
    )


def type_of(said: AlertMessage | IncidentMessage) -> str:
    """What its field `type` says."""
    return str(said.__struct_config__.tag)
