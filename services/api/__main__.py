"""`python -m services.api`: the api in the foreground."""

from services.api.app import run
from services.api.settings import ApiSettings
from services.runtime import logs, loop

if __name__ == "__main__":
    logs.set_up("api")
    loop.run(run(ApiSettings.read()))
