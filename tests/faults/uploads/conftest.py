"""The lanes: one process and two in turn, a folder and a real S3 service."""

from collections.abc import Iterator

import pytest

from tests.faults.uploads.lane import LANES, Lane, open_lane


@pytest.fixture(scope="module", params=LANES)
def lane(request: pytest.FixtureRequest) -> Iterator[Lane]:
    """One lane for a module's tests; its processes go on between them."""
    with open_lane(request.param, request) as opened:
        yield opened
