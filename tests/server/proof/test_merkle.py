"""The tree that grows leaf by leaf is the tree of RFC 9162, section 2.1, whatever its size."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.proof.merkle import Tree


def naive(entries: list[bytes]) -> bytes:
    """The definition of section 2.1.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\x01" + naive(entries[:split]) + naive(entries[split:])).digest()


def grown(entries: list[bytes]) -> Tree:
    tree = Tree()
    for entry in entries:
        tree.append(hashlib.sha256(b"\x00" + entry).digest())
    return tree


#: The eight entries that implementations of Certificate Transparency test themselves with, and the roots they publish.
ENTRIES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243")] + [
    bytes.fromhex("5051525354555657"),
    bytes.fromhex("606162636465666768696a6b6c6d6e6f"),
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_the_one_that_others_publish(size: int) -> None:
    assert grown(ENTRIES[:size]).root().hex() == ROOTS[size]


def test_the_root_of_every_size_is_that_of_the_definition() -> None:
    entries = [str(number).encode() for number in range(260)]
    tree = Tree()
    for size, entry in enumerate(entries, 1):
        tree.append(hashlib.sha256(b"\x00" + entry).digest())
        assert tree.root() == naive(entries[:size]), size
        assert len(tree.peaks) == size.bit_count()


@given(st.lists(st.binary(max_size=8), max_size=40), st.lists(st.binary(max_size=8), max_size=40))
def test_a_tree_that_was_put_down_grows_on_as_if_it_had_not_been(first: list[bytes], then: list[bytes]) -> None:
    edge = grown(first)
    tree = Tree.unpacked(edge.size, edge.packed())
    for entry in then:
        tree.append(hashlib.sha256(b"\x00" + entry).digest())
    assert tree == grown(first + then)
    assert tree.root() == naive(first + then)
