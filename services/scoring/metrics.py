"""What scoring shows Prometheus. Counts are of this process since it started."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from schemas.time import Instant
from services.scoring.core.partition import Counted

if TYPE_CHECKING:
    from services.scoring.owned import Owned
    from services.scoring.worker import Worker


class _OfWorker(Collector):
    """Reads the worker when it is asked: nothing is counted twice, and the hot path counts nothing for us."""

    def __init__(self, worker: "Worker", now: Callable[[], Instant]) -> None:
        self._worker = worker
        self._now = now

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
            ("remembered_messages", "Hashes held against duplicates.", self._worker.remembered),
            ("remembered_messages_limit", "With more of them the worker ends.", self._worker.most_remembered),
        ):
            yield GaugeMetricFamily(f"kizashi_scoring_{name}", text, value)
        yield CounterMetricFamily(
            "kizashi_scoring_changelog_bytes",
            "Keys and values flushed, before compression.",
            self._worker.retired_bytes + sum(one.flushed_bytes for one in owned),
        )
        yield SummaryMetricFamily(
            "kizashi_scoring_folding_seconds",
            "To fold a slice of at most 50 records, the evaluations of a tick among them included.",
            self._worker.slices,
            self._worker.folding_seconds,
        )
        yield from self._progress(owned)

    def _progress(self, owned: Sequence["Owned"]) -> Iterable[Metric]:
        app = self._worker.app
        yield GaugeMetricFamily(
            "kizashi_scoring_unread_changelog_records",
            "Records of the changelog that recovery has still to read.",
            app.unread_changelog if app is not None else 0,
        )
        lag = GaugeMetricFamily("kizashi_scoring_lag_records", "Of the log, not read yet.", labels=["partition"])
        age = GaugeMetricFamily(
            "kizashi_scoring_stream_age_seconds", "How far stream time is behind the clock.", labels=["partition"]
        )
        stream = GaugeMetricFamily(
            "kizashi_scoring_stream_time_seconds", "Where stream time stands, since 1970.", labels=["partition"]
        )
        version = GaugeMetricFamily(
            "kizashi_scoring_scorecard_version", "The scorecard in force; 0 before the first.", labels=["partition"]
        )
        for one in owned:
            number = str(one.partition.number)
            end = app.end_of_log(one.partition.number) if app is not None else None
            if end is not None:
                lag.add_metric([number], max(0, end - one.partition.position - 1))
            age.add_metric([number], (self._now() - one.partition.stream_time) / 1_000)
            stream.add_metric([number], one.partition.stream_time / 1_000)
            version.add_metric([number], one.partition.scorecard_version)
        yield from (lag, age, stream, version)


def show(worker: "Worker", now: Callable[[], Instant]) -> None:
    """Show this process's worker at /metrics."""
    REGISTRY.register(_OfWorker(worker, now))
