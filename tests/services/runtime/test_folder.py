import json
import os
import stat
from pathlib import Path

import pytest

from services.runtime.folder import (
    AlreadyRunning,
    DataFolder,
    DiskFull,
    FolderRefused,
    hold,
    holder,
    with_remembered_clock,
    write_privately,
)
from services.runtime.settings import Clock, InstanceSettings


def test_a_new_folder_is_made_and_remembers_its_format_and_clock(tmp_path: Path):
    with hold(tmp_path / "deep" / "data", Clock.LOG) as folder:
        identity = json.loads(folder.identity_file.read_text())
    assert (identity["format"], identity["clock"]) == (1, "log")


def test_two_instances_do_not_share_a_folder(tmp_path: Path):
    with (
        hold(tmp_path, Clock.LIVE),
        pytest.raises(AlreadyRunning, match=r"already runs .* \(process \d+\)"),
        hold(tmp_path, Clock.LIVE),
    ):
        pass


def test_whoever_holds_a_folder_is_known_until_they_let_go(tmp_path: Path):
    with hold(tmp_path, Clock.LIVE) as folder:
        assert holder(folder) == os.getpid()
    assert holder(folder) is None


def test_a_run_file_of_an_instance_that_was_killed_is_removed(tmp_path: Path):
    with hold(tmp_path, Clock.LIVE) as folder:
        folder.run_file.write_text("{}")
    with hold(tmp_path, Clock.LIVE) as folder:
        assert not folder.run_file.exists()


def test_a_folder_that_is_something_else_is_refused_and_left_alone(tmp_path: Path):
    (tmp_path / "thesis.odt").touch()
    with (
        pytest.raises(FolderRefused, match=r"not empty \(thesis\.odt\) and not a data folder"),
        hold(tmp_path, Clock.LIVE),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ('{"format": 0, "version": "0.0.1", "clock": "live"}', "written by Kizashi 0.0.1 in format 0"),
        ('{"format": 2, "version": "9.0", "clock": "live"}', "written by Kizashi 9.0 in format 2"),
        ('{"format": 1', "is damaged"),
        ("[]", "is damaged"),
    ],
    ids=["an older version's", "a newer version's", "cut short", "something else"],
)
def test_a_folder_this_version_cannot_use_is_refused(tmp_path: Path, identity: str, message: str):
    DataFolder(tmp_path).identity_file.write_text(identity)
    with pytest.raises(FolderRefused, match=message), hold(tmp_path, Clock.LIVE):
        pass


def test_a_folder_half_made_by_a_killed_start_is_used(tmp_path: Path):
    DataFolder(tmp_path).lock_file.touch()
    with hold(tmp_path, Clock.LIVE) as folder:
        assert folder.identity_file.exists()


def test_the_importers_clock_may_become_the_real_one_but_not_back(tmp_path: Path):
    with hold(tmp_path, Clock.LOG):
        pass
    with hold(tmp_path, Clock.LIVE):
        pass
    with pytest.raises(FolderRefused, match="lives by the real clock"), hold(tmp_path, Clock.LOG):
        pass


def test_an_instance_keeps_its_clock_unless_told_otherwise(tmp_path: Path):
    with hold(tmp_path, Clock.LOG):
        pass
    assert with_remembered_clock(InstanceSettings(data=tmp_path)).clock is Clock.LOG
    assert with_remembered_clock(InstanceSettings(data=tmp_path, clock=Clock.LIVE)).clock is Clock.LIVE


def test_too_little_room_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("services.runtime.folder._LEAST_FREE_BYTES", 1 << 60)
    with pytest.raises(DiskFull, match="make room, or choose a folder on another disk"), hold(tmp_path, Clock.LIVE):
        pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderRefused, match="Choose another with --data"), hold(tmp_path / "file" / "data", Clock.LIVE):
        pass


def test_what_is_written_privately_is_the_owners_alone(tmp_path: Path):
    file = tmp_path / "keys.json"
    write_privately(file, {"read": "secret"})
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == {"read": "secret"}
    assert list(tmp_path.iterdir()) == [file]
