"""The brake of the admission loop."""

import pytest

from services.ingest.brake import Brake, BrakePulled


def test_failures_far_apart_do_not_pull_it():
    brake = Brake(most=1, among=10)
    for _ in range(20):
        brake.failed()
        for _ in range(9):
            brake.passed()


def test_failures_close_together_do():
    brake = Brake(most=1, among=10)
    brake.failed()
    for _ in range(8):
        brake.passed()

    with pytest.raises(BrakePulled):
        brake.failed()
