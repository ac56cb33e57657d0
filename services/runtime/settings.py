"""The settings blocks that services are composed of, read from the environment (KIZASHI_*) once, in an entry point.

SettingsRefused   a variable is missing or cannot be used: the message names it
"""

from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_DATA = Path(".kizashi")
_LEAST_SECRET = 32  # characters: shorter ones are guessed, or left over from an example


class SettingsRefused(Exception):
    """The environment does not say what is needed, or says something that cannot be."""


class Clock(StrEnum):
    """Who moves stream time: the services as time goes by, or only an importer or simulator."""

    LIVE = "live"
    LOG = "log"


class Block(BaseSettings):
    """A frozen block. A secret may be given in a file: `<NAME>_FILE` in place of `<NAME>`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        given = dict(values)
        for name in cls.model_fields:
            file = given.get(f"{name}_file")
            if file and given.get(name) is None:
                given[name] = Path(file).read_text(encoding="utf-8").strip()
        return given


class KafkaSettings(Block):
    """How to reach Kafka, and how the topics are laid out there."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_KAFKA_")

    bootstrap_servers: str
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    sasl_password_file: Path | None = None
    tls_ca_file: Path | None = None  # None: the system's
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    partitions: int = Field(default=8, ge=1)  # of activity.v1, for ever: enough for 8 workers
    replication: int = Field(default=3, ge=1)  # two brokers may be lost before a record is

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.security_protocol.startswith("SASL"):
            for name in ("sasl_username", "sasl_password"):
                if getattr(self, name) is None:
                    msg = f"KIZASHI_KAFKA_{name.upper()} is needed with {self.security_protocol}"
                    raise ValueError(msg)
        if self.tls_key_file is not None and self.tls_cert_file is None:
            msg = "KIZASHI_KAFKA_TLS_CERT_FILE is needed with KIZASHI_KAFKA_TLS_KEY_FILE"
            raise ValueError(msg)
        return self


class DatabaseSettings(Block):
    """Where PostgreSQL is."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_DATABASE_")

    url: SecretStr  # it may hold a password
    url_file: Path | None = None

    @field_validator("url")
    @classmethod
    def _for_asyncpg(cls, url: SecretStr) -> SecretStr:
        scheme, separator, rest = url.get_secret_value().partition("://")
        if not separator or scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
            msg = "it starts with postgresql://"
            raise ValueError(msg)
        return SecretStr(f"postgresql+asyncpg://{rest}")


class AccessSettings(Block):
    """Where a deployment answers, and a key to it, for commands of people who have no folder of its."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_")

    api_url: str | None = None  # None: that of the instance in the data folder, with its own keys
    ingest_url: str | None = None
    key: SecretStr | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.key is None and (self.api_url or self.ingest_url):
            msg = "KIZASHI_KEY is needed with KIZASHI_API_URL and KIZASHI_INGEST_URL: `kizashi keys create` makes one"
            raise ValueError(msg)
        return self


class PrivacySettings(Block):
    """What is kept of people."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_")

    pseudonym_key: SecretStr | None = Field(default=None, min_length=_LEAST_SECRET)  # None: users keep their ids
    pseudonym_key_file: Path | None = None


class InstanceSettings(Block):
    """An instance: its folder, its clock and its ports."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_")

    data: Path = DEFAULT_DATA
    clock: Clock = Clock.LIVE
    host: str = "127.0.0.1"  # 0.0.0.0 in a container
    api_port: int = Field(default=8600, ge=0, le=65_535)  # 0: any free one
    ingest_port: int = Field(default=8601, ge=0, le=65_535)
    scoring_port: int = Field(default=8602, ge=0, le=65_535)  # health and metrics only
    alerts_port: int = Field(default=8620, ge=0, le=65_535)  # the same; above the ports of many scoring workers
    cache: Path = Field(default_factory=lambda: Path.home() / ".cache" / "kizashi")
    maven_repository: str | None = None  # a mirror of Maven Central


_Settings = TypeVar("_Settings", bound=Block)


def read(block: type[_Settings], **overrides: Any) -> _Settings:  # noqa: ANN401 - as the block's fields are
    """A block from the environment; `overrides` come from the command line and win. Raises SettingsRefused."""
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return block(**given)
    except ValidationError as refused:
        prefix = str(block.model_config.get("env_prefix", ""))
        raise SettingsRefused("\n".join(_sentences(refused, prefix))) from refused
    except OSError as unreadable:  # a *_FILE that is not there
        raise SettingsRefused(str(unreadable)) from unreadable


def _sentences(refused: ValidationError, prefix: str) -> list[str]:
    return [
        f"{prefix}{'_'.join(map(str, error['loc'])).upper()}: {error['msg']}" if error["loc"] else error["msg"]
        for error in refused.errors(include_url=False, include_input=False)
    ]
