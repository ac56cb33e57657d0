"""The header of a partition: what holds for all its accounts at a cut."""

from typing import NamedTuple, TypeVar

from schemas.activity import Log, Publication
from schemas.codec import decode_activity, encode, pack, unpack
from schemas.scorecard import Watched
from schemas.time import Instant
from services.scoring.core.inputs import Since
from services.scoring.core.outages import Outages

_FORMAT = 4
_READABLE = (3, _FORMAT)  # before 4 nobody could be forgotten


class UnknownFormat(ValueError):
    """The changelog was written by a version of Kizashi that this one cannot read."""


class Header(NamedTuple):
    """A partition at the record at offset `cut`, which it has seen."""

    cut: int
    stream_time: Instant
    log: Log | None
    engine: int
    publication: Publication | None
    since: Since
    outages: Outages
    generations: dict[int, int]  # of dedupe, and how many hashes each has
    rows: dict[str, int]  # the highest row of each import
    forgotten: dict[int, Instant]  # hashes of accounts and users, and when they were forgotten

    def packed(self) -> bytes:
        """The header as bytes."""
        return pack(
            (
                _FORMAT,
                self.cut,
                self.stream_time,
                self.log and encode(self.log),
                self.engine,
                self.publication and encode(self.publication),
                [(watched.names, watched.first) for watched in self.since.catalogue],
                self.since.instants,
                (list(self.outages.since.items()), self.outages.ended_at),
                self.generations,
                self.rows,
                self.forgotten,
            )
        )


def header_of(packed: bytes) -> Header:
    """The header that was packed. Raises `UnknownFormat`."""
    match unpack(packed):
        case [int(version), *fields] if version in _READABLE:
            cut, stream_time, log, engine, publication, catalogue, instants, outages, *kept = fields
            kept += [{}] * (_FORMAT - version)
        case [int(version), *_]:
            msg = f"the changelog's format is {version}, this version reads {_FORMAT}: delete it to rebuild"
            raise UnknownFormat(msg)
        case _:
            msg = "the changelog holds a header that is none: delete it to rebuild"
            raise UnknownFormat(msg)
    return Header(
        cut,
        stream_time,
        _decoded(log, Log),
        engine,
        _decoded(publication, Publication),
        Since(tuple(Watched(names=tuple(names), first=first) for names, first in catalogue), tuple(instants)),
        Outages(dict(outages[0]), outages[1]),
        *kept,
    )


_R = TypeVar("_R", Log, Publication)


def _decoded(value: bytes | None, kind: type[_R]) -> _R | None:
    record = None if value is None else decode_activity(value)
    if record is not None and not isinstance(record, kind):
        msg = f"the header holds a {type(record).__name__} where a {kind.__name__} belongs"
        raise UnknownFormat(msg)
    return record
