"""Turns what was refused into a sentence on stderr and an exit code. The only place that does."""

import sys

from services.cli.asking import ApiAway, ApiRefused
from services.cli.exits import Exit
from services.runtime.database import DatabaseUnreachable
from services.runtime.embedded.refusals import (
    DataDamaged,
    JarsUnavailable,
    KafkaFormatFailed,
    NotInstalled,
    PostgresInitFailed,
)
from services.runtime.folder import FolderRefused
from services.runtime.instance import NotRunning
from services.runtime.kafka import KafkaUnreachable
from services.runtime.keys import KeyRefused
from services.runtime.log import LogRefused
from services.runtime.server import PortTaken
from services.runtime.settings import SettingsRefused
from services.runtime.supervise import ServiceFailed
from services.runtime.topics import TopicsRefused

EXITS: dict[type[Exception], Exit] = {
    NotRunning: Exit.NOT_RUNNING,
    ApiAway: Exit.NOT_RUNNING,
    ApiRefused: Exit.FAILED,
    KeyRefused: Exit.FAILED,
    PortTaken: Exit.PORT_TAKEN,
    FolderRefused: Exit.FOLDER_REFUSED,
    JarsUnavailable: Exit.NO_JARS,
    KafkaFormatFailed: Exit.SERVICE_FAILED,
    PostgresInitFailed: Exit.SERVICE_FAILED,
    DataDamaged: Exit.FOLDER_REFUSED,
    NotInstalled: Exit.SETTINGS,
    ServiceFailed: Exit.SERVICE_FAILED,
    KafkaUnreachable: Exit.REFUSED,
    TopicsRefused: Exit.REFUSED,
    DatabaseUnreachable: Exit.REFUSED,
    LogRefused: Exit.REFUSED,
    SettingsRefused: Exit.SETTINGS,
}
REFUSALS = tuple(EXITS)


def explain(refused: Exception) -> Exit:
    """Say why on stderr, and return the exit code."""
    print(f"kizashi: {refused}", file=sys.stderr)  # noqa: T201 - this is where the command speaks
    return next(code for kind, code in EXITS.items() if isinstance(refused, kind))
