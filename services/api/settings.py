"""The settings of the api: runtime's blocks, and nothing of its own."""

from dataclasses import dataclass, field
from typing import Self

from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings, PrivacySettings, read


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Everything the service is told."""

    kafka: KafkaSettings
    database: DatabaseSettings
    instance: InstanceSettings
    privacy: PrivacySettings = field(default_factory=PrivacySettings)

    @classmethod
    def read(cls) -> Self:
        """The settings from the environment. Raises SettingsRefused."""
        return cls(
            kafka=read(KafkaSettings),
            database=read(DatabaseSettings),
            instance=read(InstanceSettings),
            privacy=read(PrivacySettings),
        )
