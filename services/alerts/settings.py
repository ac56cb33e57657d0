"""The settings of alerts: runtime's blocks, and how alerts are told."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from schemas.time import DAY
from services.alerts.hearing import Manner
from services.runtime.settings import Block, DatabaseSettings, InstanceSettings, KafkaSettings, read


class AlertsBlock(Block):
    """How alerts are made and told."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_ALERTS_")

    cooldown_days: int = Field(default=30, ge=0, le=365)  # as the thresholds were solved: docs/alerts.md
    settle_seconds: float = Field(default=0.4, ge=0, le=60)  # what happens to an account meanwhile joins the message
    page_url: str = "http://127.0.0.1:8600"  # where the links of messages lead
    private_addresses: bool = False  # whether webhooks may go to addresses that are not on the internet
    on_log_clock: bool = False  # whether an instance with --clock log delivers anything
    guard_seconds: int | None = Field(default=None, ge=10, le=86_400)  # the shortest fall that counts: docs/alerts.md

    @field_validator("page_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @property
    def manner(self) -> Manner:
        """As the core wants it."""
        return Manner(self.cooldown_days * DAY, timedelta(seconds=self.settle_seconds))


class MailBlock(Block):
    """The mail server. Without a host no mail is sent."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_SMTP_")

    host: str | None = None
    port: int = Field(default=587, ge=1, le=65_535)
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    sender: str = "Kizashi <kizashi@localhost>"
    unsubscribe: str | None = None  # where to write, or an https address: List-Unsubscribe


class SlackBlock(Block):
    """Slack's bot. Incoming webhooks need none of this: each is a recipient's own."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_SLACK_")

    token: SecretStr | None = None
    token_file: Path | None = None
    api_url: str = "https://slack.com/api/"


@dataclass(frozen=True, slots=True)
class AlertsSettings:
    """Everything the service is told."""

    kafka: KafkaSettings
    database: DatabaseSettings
    instance: InstanceSettings
    alerts: AlertsBlock
    mail: MailBlock
    slack: SlackBlock

    @classmethod
    def read(cls) -> Self:
        """The settings from the environment. Raises SettingsRefused."""
        return cls(
            kafka=read(KafkaSettings),
            database=read(DatabaseSettings),
            instance=read(InstanceSettings),
            alerts=read(AlertsBlock),
            mail=read(MailBlock),
            slack=read(SlackBlock),
        )
