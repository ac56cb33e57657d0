from random import Random

from hypothesis import given
from hypothesis import strategies as st

from services.scoring.core.sample import Sample, _rank

names = st.lists(st.sampled_from([f"user {n}" for n in range(40)]), max_size=120)


def sampled(arrived: list[str], most: int) -> dict[str, tuple[int, int]]:
    """How often each name of the sample came."""
    sample = Sample(most)
    for name in arrived:
        if sample.takes(name):
            count, _ = sample.members.get(name, (0, 0))
            sample.put(name, (count + 1, 0))
    return sample.members


@given(names, st.integers(1, 45))
def test_the_names_of_the_smallest_hashes_are_kept_with_complete_numbers(arrived: list[str], most: int):
    kept = sorted(set(arrived), key=_rank)[:most]
    assert sampled(arrived, most) == {name: (arrived.count(name), 0) for name in kept}


@given(names, st.integers(1, 45), st.integers(0, 2**32))
def test_any_order_keeps_the_same_names_and_numbers(arrived: list[str], most: int, seed: int):
    assert sampled(Random(seed).sample(arrived, len(arrived)), most) == sampled(arrived, most)


@given(names)
def test_up_to_its_bound_a_sample_is_everything(arrived: list[str]):
    assert set(sampled(arrived, 40)) == set(arrived)
