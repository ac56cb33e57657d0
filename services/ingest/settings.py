"""The settings of the ingest service. Environment: KIZASHI_INGEST_*, and the blocks of runtime."""

from dataclasses import dataclass

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from schemas.activity import FACT_FIELDS
from services.runtime.settings import Block, DatabaseSettings, InstanceSettings, KafkaSettings, PrivacySettings

_LARGEST_BATCH = 900_000  # as a dead letter it is one message


class IngestBlock(Block):
    """What a request may hold, and how long it waits: Segment's limits, since its SDKs cut their batches to them."""

    model_config = SettingsConfigDict(env_prefix="KIZASHI_INGEST_")

    event_bytes: int = Field(default=32_768, ge=1_024, le=_LARGEST_BATCH)
    batch_bytes: int = Field(default=512_000, ge=1_024, le=_LARGEST_BATCH)
    batch_events: int = Field(default=2_500, ge=1, le=10_000)
    key_events_a_minute: int = Field(default=6_000_000, ge=1)  # of each key: more than a process can take, so set it
    patience_seconds: float = Field(default=2.0, gt=0, le=30)  # for Kafka; SDKs give up on an answer after 10 s
    traits: str = ",".join(FACT_FIELDS)  # of accounts, that products may state with an ingest key
    spool_bytes: int = Field(default=1 << 30, ge=4 << 20)  # an hour's outage at 500 events a second, twice
    spool_floor_bytes: int = Field(default=256 << 20, ge=0)  # of the disk, left alone

    @field_validator("traits")
    @classmethod
    def _known(cls, traits: str) -> str:
        unknown = set(filter(None, traits.replace(" ", "").split(","))) - set(FACT_FIELDS)
        if unknown:
            msg = f"there is no trait {', '.join(sorted(unknown))}: choose among {', '.join(FACT_FIELDS)}"
            raise ValueError(msg)
        return traits.replace(" ", "")

    @property
    def allowed_traits(self) -> frozenset[str]:
        """The traits by themselves."""
        return frozenset(filter(None, self.traits.split(",")))


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Everything the service is told."""

    kafka: KafkaSettings
    database: DatabaseSettings
    instance: InstanceSettings
    ingest: IngestBlock
    privacy: PrivacySettings
