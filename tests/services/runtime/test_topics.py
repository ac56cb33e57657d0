from collections.abc import Mapping
from types import MappingProxyType

import pytest

from schemas.topics import ACTIVITY, EVENTS, SCORE_CHANGES
from services.runtime.topics import Found, objections

KEPT = {**ACTIVITY.configuration(), "min.insync.replicas": "2"}


CREATE_TIME = {"message.timestamp.type": "CreateTime"}


def found(changed: Mapping[str, str] = MappingProxyType({}), partitions: int = 8, replication: int = 3) -> Found:
    return Found(partitions, replication, {**KEPT, **changed})


def test_a_topic_as_in_the_catalogue_has_nothing_against_it():
    assert objections(ACTIVITY, found(), partitions=8, replication=3) == []


def test_what_only_costs_is_the_operators_choice():
    roomy = found({"max.message.bytes": "9000000", "retention.ms": "1000", "segment.bytes": "1"}, replication=5)
    assert objections(ACTIVITY, roomy, partitions=8, replication=3) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"message.timestamp.type": "CreateTime"}, "message.timestamp.type=CreateTime, LogAppendTime is needed"),
        ({"cleanup.policy": "compact"}, "cleanup.policy=compact, delete is needed"),
        ({"max.message.bytes": "1000"}, "max.message.bytes=1000, 1048576 is needed"),
        ({"min.insync.replicas": "1"}, "min.insync.replicas=1, 2 is needed"),
    ],
)
def test_a_broken_promise_is_named_with_what_to_do(changed: dict[str, str], says: str):
    (objection,) = objections(ACTIVITY, found(changed), partitions=8, replication=3)
    assert says in objection
    assert "kafka-configs.sh --alter --topic activity.v1" in objection


def test_less_replication_than_asked_for_is_refused():
    (objection,) = objections(ACTIVITY, found(replication=1), partitions=8, replication=3)
    assert "kept on 1 broker(s), 3 are asked for" in objection
    assert "KIZASHI_KAFKA_REPLICATION" in objection


def test_one_broker_is_enough_where_one_is_asked_for():
    single = found({"min.insync.replicas": "1"}, replication=1)
    assert objections(ACTIVITY, single, partitions=8, replication=1) == []


def test_topics_that_follow_the_log_have_its_partitions_and_others_any():
    (objection,) = objections(SCORE_CHANGES, found(CREATE_TIME, partitions=4), partitions=8, replication=3)
    assert "score-changes.v1 has 4 partitions, activity.v1 has 8" in objection
    assert objections(EVENTS, found(partitions=4), partitions=8, replication=3) == []
