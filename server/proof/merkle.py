"""A Merkle tree that only grows, as RFC 9162, section 2.1, has it. Pure: hashes in, hashes out.

Of a tree of n leaves only the roots of its perfect subtrees are kept, one for each binary digit 1 of n: at most 64
hashes, and all that it takes to append and to name the root.
"""

import hashlib
from dataclasses import dataclass, field

HASH_BYTES = 32


def node(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into one (section 2.1.1). A leaf begins with 0x00 instead, so neither passes for the other."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Tree:
    """The right edge of a tree: ``peaks`` are the roots of its perfect subtrees, from the largest to the smallest."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash. Each trailing 0 of the new size is a pair of equal subtrees that become one."""
        self.peaks.append(leaf)
        self.size += 1
        size = self.size
        while size % 2 == 0:
            right = self.peaks.pop()
            self.peaks[-1] = node(self.peaks[-1], right)
            size //= 2

    def root(self) -> bytes:
        """Return the hash of the whole tree (``MTH``)."""
        if not self.peaks:
            return hashlib.sha256().digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root

    def packed(self) -> bytes:
        """Return the peaks as one byte string."""
        return b"".join(self.peaks)

    @classmethod
    def unpacked(cls, size: int, peaks: bytes) -> "Tree":
        """Take up a tree again where :meth:`packed` left it."""
        return cls(size, [peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)])
