"""The topic catalogue keeps the promises that its readers rely on."""

import pytest

from schemas.topics import ACTIVITY, DEAD_LETTERS, EVENTS, FOR_EVER, TOPICS, checked


def test_two_topics_of_one_name_are_a_mistake():
    with pytest.raises(TypeError, match=r"events\.v1"):
        checked(EVENTS, ACTIVITY, EVENTS)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_says_what_it_carries_by_which_key_and_for_how_long(topic):
    assert topic.description
    assert topic.key
    assert topic.retention_ms == FOR_EVER or topic.retention_ms > 0


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if topic.dead_letters], ids=lambda topic: topic.name)
def test_dead_letters_hold_the_largest_message_and_its_headers(topic):
    assert topic.dead_letters == DEAD_LETTERS.name
    assert topic.max_message_bytes + 65_536 <= DEAD_LETTERS.max_message_bytes
