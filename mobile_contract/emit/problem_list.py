"""The list of problems as data, so that a client shows the same sentences without asking the server."""

import msgspec

from mobile_contract.emit.components import text_of
from mobile_contract.problems import PROBLEMS


def document() -> str:
    """Write every problem by its code."""
    return text_of({code: msgspec.to_builtins(problem) for code, problem in sorted(PROBLEMS.items())})
