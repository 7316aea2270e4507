"""Whatever is changed behind the server's back is found and named – by the chain, by the tree, or by the heads."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.kernel.database import Database
from server.kernel.journal import leaf
from server.kernel.tables import journal, streams
from server.proof import Sealer, standing
from server.proof.merkle import Tree
from server.proof.signing import Head, Signer
from server.proof.tables import heads, leaves, tree
from tests.server.proof.rows import AT, audited, written

pytestmark = pytest.mark.anyio

Deed = Callable[[sa.Connection], object]


def row(pos: int, stream: str = "a") -> sa.ColumnElement[bool]:
    return sa.and_(journal.c.stream == stream, journal.c.pos == pos)


def alter(tx: sa.Connection) -> None:
    tx.execute(sa.update(journal).where(row(3)).values(payload='{"字":"价"}'))


def alter_and_hash(tx: sa.Connection) -> None:
    """Make the altered row and all that follow it in its stream a chain again."""
    alter(tx)
    before = "0" * 64
    for found in tx.execute(sa.select(journal).where(journal.c.stream == "a").order_by(journal.c.pos)).mappings():
        before = leaf({str(name): value for name, value in found.items()}, before)
        tx.execute(sa.update(journal).where(row(found["pos"])).values(leaf=before))
    tx.execute(sa.update(streams).where(streams.c.stream == "a").values(head=before))


def alter_and_grow(tx: sa.Connection) -> None:
    """Put the new leaves into the tree, too."""
    alter_and_hash(tx)
    for found in tx.execute(sa.select(journal)).all():
        there = sa.and_(leaves.c.stream == found.stream, leaves.c.pos == found.pos)
        tx.execute(sa.update(leaves).where(there).values(leaf=bytes.fromhex(found.leaf)))
    tx.execute(sa.update(tree).values(peaks=rebuilt(tx).packed()))


def alter_and_claim(tx: sa.Connection) -> None:
    """Return the heads the new roots, too. Only the key is missing."""
    alter_and_grow(tx)
    for size in tx.scalars(sa.select(heads.c.size)).all():
        tx.execute(sa.update(heads).where(heads.c.size == size).values(root=rebuilt(tx, size).root()))


def rebuilt(tx: sa.Connection, size: int | None = None) -> Tree:
    built = Tree()
    for one in tx.scalars(sa.select(leaves.c.leaf).order_by(leaves.c.index).limit(size)):
        built.append(one)
    return built


def remove(tx: sa.Connection) -> None:
    tx.execute(sa.delete(journal).where(row(3)))


def remove_the_last(tx: sa.Connection) -> None:
    """Remove a stream's last row, and have the stream end before it."""
    tx.execute(sa.delete(journal).where(row(5)))
    end = tx.scalar(sa.select(journal.c.leaf).where(row(4)))
    tx.execute(sa.update(streams).where(streams.c.stream == "a").values(pos=4, head=end))


def remove_a_stream(tx: sa.Connection) -> None:
    tx.execute(sa.delete(streams).where(streams.c.stream == "a"))


def swap(tx: sa.Connection) -> None:
    for pos, to in ((3, 99), (4, 3), (99, 4)):
        tx.execute(sa.update(journal).where(row(pos)).values(pos=to))


def move(tx: sa.Connection) -> None:
    tx.execute(sa.update(journal).where(row(5)).values(stream="c", pos=3))


def forget_a_leaf(tx: sa.Connection) -> None:
    tx.execute(sa.delete(leaves).where(leaves.c.index == 3))


def swap_leaves(tx: sa.Connection) -> None:
    for index, to in ((3, 99), (4, 3), (99, 4)):
        tx.execute(sa.update(leaves).where(leaves.c.index == index).values(index=to))


def cut_the_tree(tx: sa.Connection) -> None:
    """Put the tree back to what it was, so that it could grow another way."""
    tx.execute(sa.delete(leaves).where(leaves.c.index >= 6))
    tx.execute(sa.update(tree).values(size=6, peaks=rebuilt(tx).packed()))


def forge(tx: sa.Connection) -> None:
    tx.execute(sa.update(heads).where(heads.c.size == 7).values(at="2026-11-17T00:00:00.000Z"))


def lose_the_head(tx: sa.Connection) -> None:
    tx.execute(sa.delete(heads).where(heads.c.size == 7))


def spoil_the_edge(tx: sa.Connection) -> None:
    tx.execute(sa.update(tree).values(peaks=b"x" * 96))


DEEDS: list[tuple[Deed, tuple[str, ...]]] = [
    (alter, ("journal, stream a, position 3: its leaf is not that of its content",)),
    (alter_and_hash, tuple(f"journal, stream a, position {pos}: leaf {pos - 1} of the tree is" for pos in (3, 4, 5))),
    (alter_and_grow, ("head of size 5: its root", "head of size 7: its root")),
    (alter_and_claim, ("head of size 5: key", "head of size 7: key")),
    (remove, ("position 4: positions 3 to 3 before it are missing", "position 3: it is leaf 2 of the tree, and is")),
    (remove_the_last, ("journal, stream a, position 5: it is leaf 4 of the tree, and is missing",)),
    (remove_a_stream, ("journal, stream a, position 1: there is no such stream",)),
    (swap, ("stream a, position 3: its leaf is not", "stream a, position 4: its leaf is not")),
    (move, ("stream c, position 3: its leaf is not", "stream a: its chain ends at position 4", "stream a, position 5")),
    (
        forget_a_leaf,
        ("stream a, position 4: it is not in the tree, and position 5 is", "tree: leaves 3 to 3 are missing"),
    ),
    (swap_leaves, ("head of size 5: its root",)),
    (cut_the_tree, ("head of size 7: the tree has only 6 leaves",)),
    (forge, ("head of size 7: key",)),
    (lose_the_head, ("tree: no head was signed for its 7 leaves",)),
    (spoil_the_edge, ("tree: what is noted for appending",)),
]


@pytest.fixture
async def sealed(database: Database, sealer: Sealer) -> Database:
    """Two sealed streams, and rows that are not sealed yet."""
    await written(database, {"a": 5})
    await sealer.seal()
    await written(database, {"b": 2})
    await sealer.seal()
    await written(database, {"b": 1, "c": 2})
    return database


async def test_nothing_is_found_where_nothing_was_done(sealed: Database) -> None:
    seen, findings = await audited(sealed)
    assert findings == []
    assert (seen.rows, seen.leaves, sum(seen.heads.values())) == (10, 7, 2)


@pytest.mark.parametrize(("deed", "named"), DEEDS, ids=[deed.__name__ for deed, _ in DEEDS])
async def test_it_is_found_and_named(sealed: Database, deed: Deed, named: tuple[str, ...]) -> None:
    await sealed.write(deed)
    seen, findings = await audited(sealed)
    assert seen.findings == len(findings)
    for part in named:
        assert any(part in finding for finding in findings), findings


async def test_a_key_that_somebody_slipped_in_is_another_key(sealed: Database, tmp_path: Path) -> None:
    """Whoever holds the whole database can sign all of it anew; the key then differs from the one noted before."""
    known = (await sealed.read(standing)).head
    assert known is not None
    thief = Signer.of(tmp_path / "thief.key")

    def forge_all(tx: sa.Connection) -> None:
        alter_and_claim(tx)
        for size in tx.scalars(sa.select(heads.c.size)).all():
            head = thief.sign(Head(size=size, root=rebuilt(tx, size).root(), at=AT))
            tx.execute(sa.update(heads).where(heads.c.size == size).values(asdict(head)))

    await sealed.write(forge_all)
    assert (await audited(sealed))[1] == []
    now = (await sealed.read(standing)).head
    assert now is not None
    assert now.key == thief.public != known.key
