"""`python -m services.alerts`: one alerts process, configured by KIZASHI_* alone."""

from services.alerts.process import run
from services.alerts.settings import AlertsSettings
from services.runtime import logs, loop

if __name__ == "__main__":
    logs.set_up("alerts")
    loop.run(run(AlertsSettings.read()))
