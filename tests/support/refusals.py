"""How a test says which listed problem it expects."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mobile_contract.problems import Refused


@contextmanager
def refuses(*codes: str) -> Iterator[None]:
    """Expect a refusal with one of ``codes``."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.code in codes
