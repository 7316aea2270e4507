"""How the sealer stands: what is sealed, what waits, and since when."""

from dataclasses import dataclass

import sqlalchemy as sa

from server.proof import store
from server.proof.signing import Head


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The newest head, if there is one.

    ``waiting`` counts the rows that are not in the tree; ``oldest`` is when the first of them was written (RFC 3339).
    """

    head: Head | None
    waiting: int
    oldest: str


def standing(tx: sa.Connection) -> Standing:
    """Look how the sealer stands. It reads only what is not sealed."""
    head = store.newest_head(tx)
    waiting, oldest = store.waiting(tx)
    return Standing(head=head, waiting=waiting, oldest=oldest)
