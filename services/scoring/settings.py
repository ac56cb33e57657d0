"""The settings of the scoring service. Environment: KIZASHI_SCORING_*, and the blocks of runtime."""

from dataclasses import dataclass

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.runtime.settings import Block, InstanceSettings, KafkaSettings


class ScoringBlock(Block):
    """How a worker scores. Times in seconds."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_SCORING_")

    tick_seconds: float = Field(default=0.25, gt=0, le=60)  # from a record to the evaluation of its account
    idle_tick_seconds: float = Field(default=10.0, gt=0, le=300)  # silence is seen this late at most
    flush_seconds: float = Field(default=5.0, gt=0, le=300)  # what a crash reads again; shorter writes more changelog
    session_seconds: float = Field(
        default=10.0, ge=6, le=60
    )  # a worker that says nothing for so long loses its partitions
    hot_accounts: int = Field(default=100_000, ge=1)  # kept unpacked, about 7 kB each
    remembered_messages: int = Field(default=30_000_000, ge=1)  # at most, for 48 to 54 hours, about 90 bytes each


@dataclass(frozen=True, slots=True)
class ScoringSettings:
    """Everything a worker is told."""

    kafka: KafkaSettings
    instance: InstanceSettings
    scoring: ScoringBlock
