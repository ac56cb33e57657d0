"""Why Kafka or PostgreSQL cannot be had here. Apart from their modules, whose packages a server has no use for.

EmbeddedUnavailable
├── JarsUnavailable         the embedded Kafka cannot be started without its jars
│   ├── JarsUnreachable     no network, and something is missing
│   └── JarMismatch         what came is not what was committed
├── KafkaFormatFailed       Kafka's own tool could not lay out its data folder
├── PostgresInitFailed      PostgreSQL's own tool could not lay out its data folder
└── NotInstalled            the packages are not there: this is an installation for servers
"""


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


class NotInstalled(EmbeddedUnavailable):
    """The packages of the extra `embedded` are not installed."""
