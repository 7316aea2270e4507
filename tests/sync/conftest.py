import pytest

from tests.sync.world import World


@pytest.fixture
def world() -> World:
    return World()
