import logging
import subprocess
import sys

import pytest

from services.runtime.logs import Logfmt


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
