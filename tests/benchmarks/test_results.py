"""benchmarks/results.json has the shape that its readers expect."""

from pathlib import Path

from benchmarks import report, results

WHOLE = {"at": "2026-11-22T09:00Z", "machine": "2 cores", "load": 1.0}


def test_what_is_committed_has_no_flaw() -> None:
    rows = results.saved()
    assert rows
    assert list(results.objections(rows)) == []


def test_flaws_are_found() -> None:
    rows = [
        {"bench": "keyed-state-output", "system": "kizashi", "cpu_us_per_event": 0, **WHOLE},
        {"bench": "keyed-state-output", "system": "kizashi", "seconds": 1, "at": "", "machine": ""},
        {"bench": "core", "system": "somebody", **WHOLE},
    ]
    assert list(results.objections(rows)) == [
        "keyed-state-output of kizashi: cpu_us_per_event is 0",
        "keyed-state-output of kizashi is there twice",
        "keyed-state-output of kizashi does not say its load",
        "core of somebody: nobody knows this benchmark, or this system",
        "core of somebody has no figure",
    ]


def test_a_new_row_takes_the_place_of_its_own_benchmark_and_system_only(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.merge([{"bench": "core", "system": name, "seconds": 1} for name in ("kizashi", "floor")], path)
    results.merge([{"bench": "core", "system": "kizashi", "seconds": 2}], path)
    found = [(row["system"], row["seconds"]) for row in results.saved(path)]
    assert found == [("floor", 1), ("kizashi", 2)]


def test_of_several_rounds_the_medians_are_kept() -> None:
    rounds = [{"bench": "core", "system": "kizashi", "cpu_us_per_event": cost} for cost in (9.0, 5.0, 6.0)]
    other = {"bench": "core-history", "system": "kizashi", "seconds": 2}
    assert results.medians([*rounds, other]) == [
        {"bench": "core", "system": "kizashi", "cpu_us_per_event": 6.0, "rounds": 3},
        {**other, "rounds": 1},
    ]


def test_the_page_shows_what_was_measured() -> None:
    """python -m benchmarks.report."""
    assert report.measured(results.saved()) in report.PAGE.read_text(encoding="utf-8")
