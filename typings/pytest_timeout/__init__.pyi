from typing import Any

import pytest

def timeout_sigalrm(item: pytest.Item, settings: Any) -> None: ...
