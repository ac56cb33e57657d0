import gc
from collections.abc import Iterator

import pytest

from services.runtime import collector


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_what_exists_is_never_looked_at_again_and_the_rest_seldom():
    collector.spare()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == (collector.YOUNG, collector.OLD, collector.OLD)
