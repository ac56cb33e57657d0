"""Asks the api of a running instance.

ApiAway      the instance runs, its api does not answer
ApiRefused   it answered that it will not, and why
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Self
from urllib.parse import quote

import httpx

from services.cli.where import api
from services.runtime.scopes import Scope

_SECONDS = 10.0

Parameters = Mapping[str, str | int | Sequence[str] | None]


class ApiAway(Exception):
    """The api of a running instance does not answer."""


class ApiRefused(Exception):
    """The api said no; the message is its own."""


class Asker:
    """Questions to the api of the instance in a data folder, with its own keys, or to the one that is named.

    Raises NotRunning and SettingsRefused.
    """

    def __init__(self, data: Path | None) -> None:
        self._url, self._keys = api(data)
        headers = {"Authorization": f"Bearer {self._keys[Scope.READ]}"}
        # Proxies are for other machines: this one mostly asks itself.
        self._client = httpx.Client(base_url=self._url, headers=headers, timeout=_SECONDS, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, parameters: Parameters) -> bytes:
        """The answer's body. Raises ApiAway and ApiRefused."""
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            answer = self._client.get(path, params=given)
        except httpx.TransportError as away:
            msg = f"the API at {self._url} does not answer ({away}). See `kizashi status`."
            raise ApiAway(msg) from away
        if answer.status_code != HTTPStatus.OK:
            raise ApiRefused(answer.json()["detail"])
        return answer.content

    def send(self, method: str, path: str, scope: Scope, body: Mapping[str, object] | None) -> bytes:
        """Have something done, with the instance's key of that scope. Raises ApiAway and ApiRefused."""
        try:
            answer = self._client.request(
                method, path, json=body, headers={"Authorization": f"Bearer {self._keys[scope]}"}
            )
        except httpx.TransportError as away:
            msg = f"the API at {self._url} does not answer ({away}). See `kizashi status`."
            raise ApiAway(msg) from away
        if not answer.is_success:
            raise ApiRefused(answer.json()["detail"])
        return answer.content


def account_path(account_id: str) -> str:
    """Where an account is, whatever its id holds."""
    return f"/v1/accounts/{quote(account_id, safe='')}"
