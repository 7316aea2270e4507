"""The simulator is worth what it finds: each planted mistake is found within a few seeds that are sound without it."""

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.oracle import Broken
from tests.simulation.runs import committed_seeds, run_seed
from tests.simulation.test_simulation import hold


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[f"{one.plant.__name__}-{one.server}" for one in MUTATIONS])
def test_a_planted_mistake_is_found(mutation: Mutation) -> None:
    with pytest.MonkeyPatch.context() as patch:
        mutation.plant(patch)
        seeds = range(mutation.first, mutation.first + mutation.within)
        found = next((seed for seed in seeds if breaks(seed, mutation)), 0)
    assert found, f"{mutation.within} seeds from {mutation.first} did not find it"
    hold(found, mutation.server)


@pytest.mark.parametrize(("seed", "server", "mistake"), tuple(committed_seeds()))
def test_a_committed_seed_finds_its_mistake(seed: int, server: str, mistake: str) -> None:
    """That it is sound without is what test_simulation runs it for."""
    (planted,) = [one for one in MUTATIONS if (one.plant.__name__, one.server) == (mistake, server)]
    with pytest.MonkeyPatch.context() as patch:
        planted.plant(patch)
        assert breaks(seed, planted), "it has become stale"


def breaks(seed: int, mutation: Mutation) -> bool:
    try:
        run_seed(seed, mutation.server)
    except Broken:
        return True
    return False
