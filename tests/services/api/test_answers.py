"""What is answered about an account, from the change that the log holds."""

from pathlib import Path

from msgspec.structs import replace

from schemas.codec import decode_score_change
from schemas.sentences import Language
from services.api.answers import detailed, listed

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples" / "score-changes.v1" / "v1" / "accepted"
TICK = decode_score_change((EXAMPLES / "tick.json").read_bytes())
NEVER_SEEN = decode_score_change((EXAMPLES / "never-seen.json").read_bytes())


def test_a_listed_account_shows_the_three_that_add_most():
    found = listed(TICK, Language.EN)

    assert [part.signal for part in found.contributions] == ["life_rate", "silence", "recency"]
    assert found.sentence == found.contributions[0].sentence


def test_a_detailed_account_shows_all_that_adds_up_to_its_score():
    found = detailed(TICK, Language.EN, lag_records=0)

    assert sum(part.points for part in found.contributions) == found.score


def test_every_sentence_is_there_in_both_languages_and_told_in_one():
    found = detailed(TICK, Language.JA, lag_records=0)
    told = [(part.sentence, part.sentences) for part in found.contributions]
    told += [(found.sentence, found.sentences), (found.last_change.sentence, found.last_change.sentences)]

    assert all(sentence == sentences.ja and sentences.en for sentence, sentences in told)


def test_an_unknown_account_has_no_score_and_says_why():
    found = detailed(NEVER_SEEN, Language.EN, lag_records=None)

    assert (found.score, found.band, found.contributions, found.sentence) == (
        *(None, None, []),
        "On the roster, but nothing it did has ever been received.",
    )


def test_facts_that_are_not_known_are_null_not_absent():
    found = detailed(replace(NEVER_SEEN, facts=type(NEVER_SEEN.facts)()), Language.EN, lag_records=0)

    assert {field: getattr(found.facts, field) for field in found.facts.__struct_fields__} == dict.fromkeys(
        ("name", "plan", "segment", "seats", "arr_cents", "renewal_on", "owner", "time_zone")
    )
