"""Commands of people who have no folder of the instance: the environment says where it is."""

import dataclasses
from pathlib import Path

from services.cli.exits import Exit
from tests.integration.conftest import Instance


def test_the_environment_names_a_deployment(shared_instance: Instance, tmp_path: Path) -> None:
    instance = shared_instance
    run = instance.run
    nowhere = {**instance.environment, "KIZASHI_DATA": str(tmp_path / "nowhere")}

    def elsewhere(**environment: str) -> Instance:
        return dataclasses.replace(instance, environment={**nowhere, **environment})

    assert elsewhere().kizashi("accounts").returncode == Exit.NOT_RUNNING

    keyless = elsewhere(KIZASHI_API_URL=run["api_url"]).kizashi("accounts")
    assert (keyless.returncode, "KIZASHI_KEY is needed" in keyless.stderr) == (Exit.SETTINGS, True)

    sender = elsewhere(KIZASHI_INGEST_URL=run["ingest_url"], KIZASHI_KEY=run["keys"]["ingest"])
    sent = sender.kizashi("send", "far-away", "login")
    assert (sent.returncode, sent.stdout[:8]) == (Exit.OK, "accepted"), sent.stderr

    parts = {"KIZASHI_KAFKA_BOOTSTRAP_SERVERS": run["kafka_bootstrap_servers"]}
    without_database = elsewhere(**parts).kizashi("verify")
    assert without_database.returncode == Exit.NOT_RUNNING
    verified = elsewhere(**parts, KIZASHI_DATABASE_URL=run["database_url"]).kizashi("verify")
    assert (verified.returncode, "no difference" in verified.stdout) == (Exit.OK, True), verified.stderr

    reader = elsewhere(KIZASHI_API_URL=run["api_url"], KIZASHI_KEY=run["keys"]["read"])
    listed = reader.kizashi("accounts", "--json")
    assert (listed.returncode, "far-away" in listed.stdout) == (Exit.OK, True), listed.stderr
    refused = reader.kizashi("override", "far-away", "healthy", "--reason", "known", "--until", "2099-01-01")
    assert refused.returncode == Exit.FAILED, refused.stderr  # a key that reads does nothing
