"""Why Kafka or PostgreSQL cannot be had here. Apart from their modules, whose packages a server has no use for.

EmbeddedUnavailable
├── JarsUnavailable         the embedded Kafka cannot be started without its jars
│   ├── JarsUnreachable     no network, and something is missing
│   └── JarMismatch         what came is not what was committed
├── KafkaFormatFailed       Kafka's own tool could not lay out its data folder
├── PostgresInitFailed      PostgreSQL's own tool could not lay out its data folder
├── DataDamaged             a data folder that was laid out lacks what it began with
└── NotInstalled            the packages are not there: this is an installation for servers
"""

from pathlib import Path


class EmbeddedUnavailable(Exception):
    """A part cannot be embedded."""


class JarsUnavailable(EmbeddedUnavailable):
    """The embedded Kafka cannot be started without its jars."""


class JarsUnreachable(JarsUnavailable):
    """The repository cannot be reached, or does not have them."""


class JarMismatch(JarsUnavailable):
    """A jar from the repository does not have the sum that was committed."""


class KafkaFormatFailed(EmbeddedUnavailable):
    """Kafka's own tool could not lay out its data folder."""


class PostgresInitFailed(EmbeddedUnavailable):
    """PostgreSQL's own tool could not lay out its data folder."""


class DataDamaged(EmbeddedUnavailable):
    """A data folder is not whole."""


def check_whole(data: Path, *files: str) -> None:
    """Raises DataDamaged unless `data` has all of these, which it has had since it was laid out."""
    missing = [file for file in files if not (data / file).exists()]
    if missing:
        msg = (
            f"{data} is not whole: it lacks {', '.join(missing)}. Restore the data folder from a backup; "
            "if nothing in it is worth keeping, remove it, and a new one is made."
        )
        raise DataDamaged(msg)


class NotInstalled(EmbeddedUnavailable):
    """The packages of the extra `embedded` are not installed."""
