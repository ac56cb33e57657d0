"""Exit codes: what ended a command, for scripts. `kizashi --help` lists them."""

from enum import IntEnum


class Exit(IntEnum):
    """Why a command ended as it did. 2 is the shell's and Typer's: wrong usage."""

    OK = 0
    FAILED = 1  # it ran, and the answer is no: differences found, something is wrong
    USAGE = 2
    TRIMMED = 3  # verify: the log no longer starts at its beginning
    PORT_TAKEN = 4
    FOLDER_REFUSED = 5  # the data folder cannot be used: held, another version's, something else, no room
    NO_JARS = 6  # the embedded Kafka could not be fetched
    REFUSED = 7  # Kafka or PostgreSQL cannot be reached, or do not belong together
    SERVICE_FAILED = 8  # a service does not start
    SETTINGS = 9  # a KIZASHI_ variable is missing or wrong
    NOT_RUNNING = 10
    INTERRUPTED = 130  # Ctrl-C before it was ready


EPILOG = """
Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 the log was trimmed (verify), 4 a port is taken, 5 the data
folder cannot be used, 6 the embedded Kafka could not be fetched, 7 Kafka or PostgreSQL cannot be used, 8 a service does
not start, 9 a KIZASHI_ variable is missing or wrong, 10 no instance runs, 130 interrupted.
"""
