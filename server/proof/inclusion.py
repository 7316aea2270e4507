"""That a row of the journal is in the tree: its audit path under a signed head (RFC 9162, section 2.1.3)."""

from collections.abc import Sequence

import sqlalchemy as sa

from server.proof.merkle import Tree
from server.proof.signing import Head
from server.proof.tables import heads, leaves


def inclusion(tx: sa.Connection, stream: str, pos: int) -> tuple[int, Head, list[bytes]] | None:
    """Return a row's index, the first head that was signed over it, and its audit path; None before it is sealed."""
    index = tx.scalar(sa.select(leaves.c.index).where(leaves.c.stream == stream, leaves.c.pos == pos))
    if index is None:
        return None
    first = sa.select(heads).where(heads.c.size > index).order_by(heads.c.size).limit(1)
    row = tx.execute(first).mappings().one_or_none()
    if row is None:
        return None
    head = Head(**{str(name): value for name, value in row.items()})
    below = sa.select(leaves.c.leaf).where(leaves.c.index < head.size).order_by(leaves.c.index)
    return index, head, path(list(tx.scalars(below)), index)


def path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of a leaf: what it takes, beside its own hash, to come to the root of all ``hashes``."""
    found: list[bytes] = []
    begin, end = 0, len(hashes)
    while end - begin > 1:
        half = 1 << (end - begin - 1).bit_length() - 1
        middle = begin + half
        if index < middle:
            found.append(_root(hashes[middle:end]))
            end = middle
        else:
            found.append(_root(hashes[begin:middle]))
            begin = middle
    return found[::-1]


def _root(hashes: Sequence[bytes]) -> bytes:
    tree = Tree()
    for each in hashes:
        tree.append(each)
    return tree.root()
