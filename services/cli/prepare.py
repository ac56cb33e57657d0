"""`kizashi prepare`: what has to be done once, before services start in production."""

from services.cli.options import Data, Json


def prepare(*, data: Data = None, as_json: Json = False) -> None:
    """Make or check topics, tables and the log in your own Kafka and PostgreSQL, and keys in the data folder.

    `kizashi up` does this itself. In production run it before the services of a new version; it may be run again.
    """
    import asyncio
    import json

    import typer

    from services.cli.progress import Progress
    from services.runtime.folder import hold, with_remembered_clock
    from services.runtime.prepare import ensure_keys
    from services.runtime.prepare import prepare as make_ready
    from services.runtime.settings import DatabaseSettings, InstanceSettings, KafkaSettings, read
    from services.runtime.shipped import shipped
    from services.scoring.core import ENGINE
    from services.scoring.publication import publish_first
    from services.scoring.scorecard_file import read_scorecard

    settings = with_remembered_clock(read(InstanceSettings, data=data))
    kafka, database = read(KafkaSettings), read(DatabaseSettings)
    progress = Progress()
    with hold(settings.data, settings.clock) as folder:
        log = asyncio.run(make_ready(kafka, database, ENGINE, settings.clock, progress.say))
        first = read_scorecard(shipped("scorecards/default.yaml"))
        asyncio.run(publish_first(kafka, database, log.partitions, first))
        keys = asyncio.run(ensure_keys(database, folder.keys_file))
    if as_json:
        typer.echo(json.dumps({"log_id": log.log_id, "partitions": log.partitions, "keys": keys}))
    else:
        typer.echo(f"Ready: log {log.log_id}, {log.partitions} partitions. Keys are in {folder.keys_file}")
