import logging
import subprocess
import sys

import pytest

from services.runtime.logs import Logfmt, Seldom


def line(message: str, *arguments: object, exception: BaseException | None = None, **extra: object) -> str:
    record = logging.LogRecord("test", logging.INFO, __file__, 1, message, arguments, None)
    record.created = 1_000_000_000.123456
    record.__dict__.update(extra)
    if exception is not None:
        record.exc_info = (type(exception), exception, None)
    return Logfmt("scoring").format(record)


def test_a_line_has_time_level_service_event_and_fields():
    assert line("partition recovered", partition=3, account="acme") == (
        '2001-09-09T01:46:40.123Z level=info service=scoring event="partition recovered" partition=3 account=acme'
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("", '""'),
        ("two words", '"two words"'),
        ('a "quote"', r'"a \"quote\""'),
        ("a=b", '"a=b"'),
        ("line\nbreak", r'"line\nbreak"'),
        ("back\\slash", r'"back\\slash"'),
        ("日本", "日本"),
        (None, "None"),
        (1.5, "1.5"),
    ],
)
def test_values_are_quoted_where_they_must_be(value: object, written: str):
    assert line("x", field=value).endswith(f"field={written}")


def test_an_exception_stays_on_the_line():
    written = line("failed", exception=ValueError("of two\nlines"))
    assert "\n" not in written
    assert written.endswith(r'exception="ValueError: of two\nlines"')


def let_through(said: list[tuple[str, str, float]]) -> list[tuple[str, float, int]]:
    """Of messages by logger and time: which are shown, and how often each had been said since it was last shown."""
    seldom = Seldom()
    records = [
        logging.makeLogRecord({"name": name, "msg": message, "created": created}) for name, message, created in said
    ]
    return [
        (record.getMessage(), record.created, getattr(record, "repeated", 0))
        for record in records
        if seldom.filter(record)
    ]


def test_what_a_library_repeats_is_shown_once_a_minute_with_how_often_it_was_said():
    said = [("aiokafka.client", "refused", float(second)) for second in range(100)]
    assert let_through(said) == [("refused", 0, 0), ("refused", 60, 59)]


def test_other_messages_and_our_own_are_shown_each_time():
    said = [
        ("aiokafka", "a", 0.0),
        ("aiokafka", "b", 0.0),
        ("services.ingest", "a", 0.0),
        ("services.ingest", "a", 0.0),
    ]
    assert let_through(said) == [("a", 0, 0), ("b", 0, 0), ("a", 0, 0), ("a", 0, 0)]


def test_what_was_said_is_not_remembered_without_bound():
    said = [("aiokafka", str(number % 1_001), 0.0) for number in range(1_003)]
    assert len(let_through(said)) == 1_003  # all was forgotten when there was too much of it


def test_everything_of_the_process_goes_to_one_stream_in_one_format():
    program = """
import logging, warnings
from services.runtime.logs import set_up
set_up("api")
logging.getLogger("any").warning("%s of %s", 1, 2, extra={"topic": "events.v1"})
logging.getLogger("aiokafka").info("connected")
warnings.warn("old", DeprecationWarning)
"""
    done = subprocess.run((sys.executable, "-W", "always", "-c", program), capture_output=True, text=True, check=True)
    said = [line.partition(" ")[2] for line in done.stdout.splitlines()]
    assert said[0] == 'level=warning service=api event="1 of 2" topic=events.v1'
    assert said[1].startswith('level=warning service=api event="<string>:7: DeprecationWarning: old')
    assert (len(said), done.stderr) == (2, "")
