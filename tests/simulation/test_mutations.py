"""The simulator is worth what it finds: each planted mistake is found within a few seeds that are sound without it."""

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.oracle import Broken
from tests.simulation.runs import run_seed


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[f"{one.plant.__name__}-{one.server}" for one in MUTATIONS])
def test_a_planted_mistake_is_found(mutation: Mutation) -> None:
    with pytest.MonkeyPatch.context() as patch:
        mutation.plant(patch)
        seeds = range(mutation.first, mutation.first + mutation.within)
        found = next((seed for seed in seeds if breaks(seed, mutation)), 0)
    assert found, f"{mutation.within} seeds from {mutation.first} did not find it"
    run_seed(found, mutation.server)


def breaks(seed: int, mutation: Mutation) -> bool:
    try:
        run_seed(seed, mutation.server)
    except Broken:
        return True
    return False
