"""`python -m services.ingest`: one ingest process, configured by KIZASHI_* alone."""

from services.ingest.process import run
from services.ingest.settings import IngestBlock, IngestSettings
from services.runtime import logs, loop
from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings, PrivacySettings, read


def main() -> None:
    """Run until asked to end."""
    logs.set_up("ingest")
    settings = IngestSettings(
        kafka=read(KafkaSettings),
        database=read(DatabaseSettings),
        instance=read(InstanceSettings),
        ingest=read(IngestBlock),
        privacy=read(PrivacySettings),
    )
    loop.run(run(settings))


if __name__ == "__main__":
    main()
