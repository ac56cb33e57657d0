from pathlib import Path

import pytest

from services.runtime.embedded.jars import available, wanted
from services.runtime.embedded.refusals import JarsUnreachable


def test_without_a_network_the_message_says_what_to_do_and_nothing_is_left(tmp_path: Path):
    with pytest.raises(JarsUnreachable, match=r"could not be fetched(.|\n)*KIZASHI_MAVEN_REPOSITORY"):
        available(wanted()[:3], tmp_path, lambda _: None, repository="http://127.0.0.1:1/maven2")
    assert list(tmp_path.iterdir()) == []
