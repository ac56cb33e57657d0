"""What scoring shows Prometheus. Counts are of this process since it started."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from services.scoring.core.partition import Counted

if TYPE_CHECKING:
    from services.scoring.worker import Worker


class _OfWorker(Collector):
    """Reads the worker when it is asked: nothing is counted twice, and the hot path counts nothing for us."""

    def __init__(self, worker: "Worker") -> None:
        self._worker = worker

    @override
    def collect(self) -> Iterable[Metric]:
        owned = list(self._worker.owned.values())
        counts: Counter[Counted] = sum((one.partition.counts for one in owned), Counter(self._worker.retired))
        records = CounterMetricFamily(
            "kizashi_scoring_records", "What partitions counted: events, duplicates, evaluations …", labels=["what"]
        )
        for counted in Counted:
            records.add_metric([counted.value], counts[counted])
        yield records
        for name, text, value in (
            ("partitions", "Partitions of the log that this worker owns.", len(owned)),
            ("accounts", "Accounts in those partitions.", sum(len(one.partition.accounts) for one in owned)),
            ("hot_accounts", "Accounts that are unpacked.", sum(one.partition.accounts.hot for one in owned)),
            ("dirty_accounts", "Accounts not flushed yet.", sum(one.partition.accounts.dirty for one in owned)),
            ("remembered_messages", "Hashes held against duplicates.", sum(one.partition.remembered for one in owned)),
        ):
            yield GaugeMetricFamily(f"kizashi_scoring_{name}", text, value)
        yield CounterMetricFamily(
            "kizashi_scoring_changelog_bytes", "Keys and values flushed.", sum(one.flushed_bytes for one in owned)
        )
        stream = GaugeMetricFamily(
            "kizashi_scoring_stream_time_seconds", "Where stream time stands, since 1970.", labels=["partition"]
        )
        for one in owned:
            stream.add_metric([str(one.partition.number)], one.partition.stream_time / 1_000)
        yield stream
        version = GaugeMetricFamily(
            "kizashi_scoring_scorecard_version", "The scorecard in force; 0 before the first.", labels=["partition"]
        )
        for one in owned:
            version.add_metric([str(one.partition.number)], one.partition.scorecard_version)
        yield version


def show(worker: "Worker") -> None:
    """Show this process's worker at /metrics."""
    REGISTRY.register(_OfWorker(worker))
