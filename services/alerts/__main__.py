"""`python -m services.alerts`: one alerts process, configured by KIZASHI_* alone."""

import uvloop

from services.alerts.process import run
from services.alerts.settings import AlertsSettings
from services.runtime import logs

if __name__ == "__main__":
    logs.set_up("alerts")
    uvloop.run(run(AlertsSettings.read()))
