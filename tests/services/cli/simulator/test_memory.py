from pathlib import Path

import pytest

from services.cli.simulator.memory import Memory, MemoryInUse, MemoryUnreadable, alone, recall, remember

MEMORY = Memory(seed=7, accounts=300, starts=1_000, lived_until=2_000)


def test_what_was_remembered_is_recalled(tmp_path: Path):
    remember(tmp_path / "simulation", MEMORY)
    assert recall(tmp_path / "simulation") == MEMORY


def test_a_new_folder_has_no_memory(tmp_path: Path):
    assert recall(tmp_path / "simulation") is None


def test_a_file_that_is_not_ours_says_what_to_do(tmp_path: Path):
    (tmp_path / "state.json").write_text('{"seed": "seven"}')
    with pytest.raises(MemoryUnreadable, match="to begin a new simulation"):
        recall(tmp_path)


def test_two_simulators_do_not_share_a_memory(tmp_path: Path):
    folder = tmp_path / "simulation"
    with alone(folder), pytest.raises(MemoryInUse, match="another --data"), alone(folder):
        pass


def test_a_memory_is_free_again_when_its_simulator_has_ended(tmp_path: Path):
    with alone(tmp_path / "simulation"):
        pass
    with alone(tmp_path / "simulation"):
        pass
