import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.runtime.settings import Clock, DatabaseSettings, InstanceSettings, KafkaSettings, SettingsRefused, read


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in os.environ if name.startswith("KIZASHI_")]:
        monkeypatch.delenv(name)


def test_what_is_missing_is_named_as_the_environment_names_it():
    with pytest.raises(SettingsRefused, match=r"^KIZASHI_KAFKA_BOOTSTRAP_SERVERS: Field required$"):
        read(KafkaSettings)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"KIZASHI_KAFKA_SECURITY_PROTOCOL": "TLS"}, "KIZASHI_KAFKA_SECURITY_PROTOCOL: Input should be"),
        ({"KIZASHI_KAFKA_PARTITIONS": "0"}, "KIZASHI_KAFKA_PARTITIONS: "),
        ({"KIZASHI_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "KIZASHI_KAFKA_SASL_USERNAME is needed with SASL_SSL"),
        ({"KIZASHI_KAFKA_TLS_KEY_FILE": "/k"}, "KIZASHI_KAFKA_TLS_CERT_FILE is needed"),
        ({"KIZASHI_KAFKA_SASL_PASSWORD_FILE": "/no/such/file"}, "/no/such/file"),
    ],
    ids=["not a protocol", "no partition", "SASL without a user", "a key without a certificate", "no such secret"],
)
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], message: str):
    for name, value in {"KIZASHI_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", **variables}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused, match=message):
        read(KafkaSettings)


def test_a_secret_may_be_in_a_file_and_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "password").write_text("swordfish\n")
    for name, value in {
        "BOOTSTRAP_SERVERS": "kafka:9092",
        "SECURITY_PROTOCOL": "SASL_SSL",
        "SASL_USERNAME": "kizashi",
        "SASL_PASSWORD_FILE": str(tmp_path / "password"),
    }.items():
        monkeypatch.setenv(f"KIZASHI_KAFKA_{name}", value)
    settings = read(KafkaSettings)
    assert settings.sasl_password is not None
    assert settings.sasl_password.get_secret_value() == "swordfish"
    assert "swordfish" not in repr(settings)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_any_spelling_of_a_postgresql_url_is_understood(monkeypatch: pytest.MonkeyPatch, scheme: str):
    monkeypatch.setenv("KIZASHI_DATABASE_URL", f"{scheme}://user@db/kizashi")
    assert read(DatabaseSettings).url.get_secret_value() == "postgresql+asyncpg://user@db/kizashi"


@pytest.mark.parametrize("url", ["mysql://db/x", "db:5432"])
def test_another_database_is_refused(monkeypatch: pytest.MonkeyPatch, url: str):
    monkeypatch.setenv("KIZASHI_DATABASE_URL", url)
    with pytest.raises(SettingsRefused, match=r"KIZASHI_DATABASE_URL: .*starts with postgresql://"):
        read(DatabaseSettings)


def test_the_command_line_wins_where_it_says_something(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KIZASHI_DATA", "/from/environment")
    monkeypatch.setenv("KIZASHI_CLOCK", "log")
    settings = read(InstanceSettings, data=Path("/from/command"), clock=None)
    assert (settings.data, settings.clock) == (Path("/from/command"), Clock.LOG)


def test_settings_do_not_change():
    with pytest.raises(ValidationError):
        InstanceSettings().api_port = 1  # type: ignore[misc]  # that it is frozen is the point
