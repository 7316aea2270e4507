"""How a test says which listed problem it expects."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mobile_contract.problems import Refused


@contextmanager
def refuses(*codes: str, **params: str | int) -> Iterator[None]:
    """Expect a refusal with one of ``codes``, and with these parameters if any are given."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.code in codes
    assert not params or caught.value.params == {name: str(value) for name, value in params.items()}
