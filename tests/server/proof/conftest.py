"""A journal that tests write to, and its sealer."""

from pathlib import Path

import pytest

from server.kernel.clock import SystemClock
from server.kernel.database import Database
from server.kernel.settings import Settings
from server.proof import Sealer
from tests.support.clock import HandClock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path))


@pytest.fixture
def sealer(database: Database, settings: Settings, clock: HandClock) -> Sealer:
    return Sealer(database, settings, clock)


@pytest.fixture
def awake(database: Database, settings: Settings) -> Sealer:
    """A sealer whose time passes."""
    return Sealer(database, settings, SystemClock())
