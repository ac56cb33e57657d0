from pathlib import Path

import pytest

from services.runtime.folder import hold, write_privately
from services.runtime.instance import NotRunning, Run, find_run, write_run
from services.runtime.scopes import Scope
from services.runtime.settings import Clock

RUN = Run(
    api_url="http://127.0.0.1:8600",
    ingest_url="http://127.0.0.1:8601",
    scoring_urls=("http://127.0.0.1:8602",),
    alerts_url="http://127.0.0.1:8620",
    kafka_bootstrap_servers="127.0.0.1:9092",
    database_url="postgresql://127.0.0.1/kizashi",
    log_id="log",
    clock=Clock.LOG,
    keys={Scope.READ: "key"},
    pids={"up": 1},
)


def test_what_an_instance_tells_is_found_while_it_runs(tmp_path: Path):
    with hold(tmp_path, Clock.LOG) as folder:
        with pytest.raises(NotRunning, match="is starting and not ready yet"):
            find_run(tmp_path)
        write_run(folder, RUN)
        assert find_run(tmp_path) == RUN
    with pytest.raises(NotRunning, match="no instance is running"):
        find_run(tmp_path)


@pytest.mark.parametrize("told", [{"api_url": "http://127.0.0.1:8600"}, {"keys": {"fly": "key"}}])
def test_an_instance_of_another_version_is_told_apart(tmp_path: Path, told: dict[str, object]):
    with hold(tmp_path, Clock.LIVE) as folder:
        write_privately(folder.run_file, told)
        with pytest.raises(NotRunning, match="another version of Kizashi"):
            find_run(tmp_path)
