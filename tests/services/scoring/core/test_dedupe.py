import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.time import HOUR, Instant
from services.scoring.core.dedupe import CHUNK, GENERATION, KEPT, Chunk, Dedupe

START = 470_000 * HOUR


def at(stream_time: Instant, *identities: int) -> Dedupe:
    dedupe = Dedupe()
    dedupe.advance(stream_time)
    for identity in identities:
        dedupe.is_new(identity)
    return dedupe


@given(st.integers(0, 6 * HOUR), st.integers(0, 48 * HOUR))
def test_a_duplicate_within_48_hours_of_stream_time_is_recognised(seen: Instant, later: Instant):
    dedupe = at(START + seen, 1)
    dedupe.advance(START + seen + later)
    assert not dedupe.is_new(1)


@given(st.integers(0, 6 * HOUR), st.integers(0, 100 * HOUR))
def test_beyond_54_hours_it_is_forgotten(seen: Instant, later: Instant):
    dedupe = at(START + seen, 1)
    dedupe.advance(START + seen + 54 * HOUR + later)
    assert (len(dedupe), dedupe.is_new(1)) == (0, True)


#   generations   0   1   2   3   4   5   6   7   8   9
#                 seen                          kept forgotten
@pytest.mark.parametrize(("passed", "is_new"), [(0, False), (KEPT, False), (KEPT + 1, True)])
def test_the_current_generation_and_eight_before_it_are_kept(passed: int, is_new: bool):  # noqa: FBT001 - a column
    dedupe = at(START, 1)
    dedupe.advance(START + passed * GENERATION)
    assert dedupe.is_new(1) is is_new


def test_stream_time_that_goes_back_forgets_nothing_and_brings_nothing_back():
    dedupe = at(START, 1)
    dedupe.advance(START - 100 * HOUR)
    assert (dedupe.is_new(1), dedupe.is_new(2), list(dedupe.counts())) == (False, True, [START // GENERATION])


def test_what_came_before_the_first_tick_is_of_its_time():
    """Once it was of 1970, and forgotten at the first tick."""
    dedupe = at(0, 1, 2)
    list(dedupe.unwritten())
    dedupe.advance(START)
    generation = START // GENERATION
    assert (dedupe.is_new(1), dedupe.counts()) == (False, {generation: 2})
    assert [(chunk.generation, chunk.hashes is None) for chunk in dedupe.unwritten()] == [(generation, False)]
    assert list(dedupe.unwritten()) == [Chunk(0, 0, None)]


def test_hashes_are_written_in_chunks_and_a_flush_rewrites_the_last_one():
    dedupe = at(START, *range(CHUNK + 10))
    first = list(dedupe.unwritten())
    dedupe.is_new(5_000)
    second = list(dedupe.unwritten())
    generation = START // GENERATION
    assert [(chunk.generation, chunk.number, len(chunk.hashes or b"")) for chunk in [*first, *second]] == [
        (generation, 0, 8 * CHUNK),
        (generation, 1, 80),
        (generation, 1, 88),
    ]
    assert list(dedupe.unwritten()) == []


def test_chunks_of_a_generation_are_deleted_only_when_a_header_without_it_has_been_written():
    """Once they went before that header: a worker killed in between left a header that named chunks that were gone."""
    dedupe = at(START, *range(CHUNK + 1))
    list(dedupe.unwritten())
    dedupe.advance(START + 60 * HOUR)
    assert (list(dedupe.unwritten()), dedupe.counts()) == ([], {})
    generation = START // GENERATION
    assert list(dedupe.unwritten()) == [Chunk(generation, 0, None), Chunk(generation, 1, None)]
    assert list(dedupe.unwritten()) == []


def test_a_successor_deletes_what_its_owner_died_before_deleting():
    generation = START // GENERATION
    dedupe = Dedupe()
    chunks = {(generation, 1): bytes(8), (generation, 0): bytes(8 * CHUNK)}
    dedupe.restore(START + 60 * HOUR, {}, chunks)
    assert list(dedupe.unwritten()) == [Chunk(generation, 0, None), Chunk(generation, 1, None)]


def written(dedupe: Dedupe) -> dict[tuple[int, int], bytes]:
    return {(chunk.generation, chunk.number): chunk.hashes for chunk in dedupe.unwritten() if chunk.hashes is not None}


@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_what_was_written_past_the_cut_falls_away(count: int):
    dedupe = at(START, *range(count))
    counts = dedupe.counts()
    for identity in range(10_000, 11_500):
        dedupe.is_new(identity)
    restored = Dedupe()
    restored.restore(START, counts, written(dedupe))
    assert (len(restored), restored.counts()) == (count, counts)
    assert [restored.is_new(identity) for identity in range(count)] == [False] * count
    assert restored.is_new(10_000)


def test_a_restored_generation_goes_on_where_it_was_cut():
    dedupe = at(START, 1, 2)
    chunks, counts = written(dedupe), dedupe.counts()
    restored = Dedupe()
    restored.restore(START, counts, chunks)
    assert list(restored.unwritten()) == []
    restored.is_new(3)
    (chunk,) = restored.unwritten()
    assert (chunk.number, len(chunk.hashes or b"")) == (0, 24)


@pytest.mark.parametrize("lost", [0, 1])
def test_a_changelog_that_lacks_a_chunk_is_refused(lost: int):
    dedupe = at(START, *range(CHUNK + 5))
    counts, chunks = dedupe.counts(), written(dedupe)
    del chunks[START // GENERATION, lost]
    with pytest.raises(ValueError, match=f"dedupe generation {START // GENERATION} has"):
        Dedupe().restore(START, counts, chunks)
