"""Which language a reader wants."""

import pytest

from schemas.sentences import Language
from services.api.language import preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.EN),
        ("ja", Language.JA),
        ("JA-jp", Language.JA),
        ("en-GB,ja;q=0.9", Language.EN),
        ("ja;q=0.9,en;q=0.8,*;q=0.1", Language.JA),
        ("fr", Language.EN),
        ("ja;q=0", Language.EN),
        ("ja;q=nonsense", Language.EN),
        ("ja;level=1", Language.JA),
        (";;,,=", Language.EN),
    ],
)
def test_the_best_liked_of_ours_is_taken(header, language):
    assert preferred(header) is language
