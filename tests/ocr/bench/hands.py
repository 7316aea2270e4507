"""Who fills the forms of the bench: machines and hands, by fonts that anyone can have.

The two shipped fonts are always there. The others come from npm by a lock file (all under the SIL Open Font License),
once, when they are first asked for.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ocr.fonts import HAND, TEXT
from server.demo.photograph import Hand
from tests.support.node import installed

_BLACK: Final = (28, 28, 30)
_BLUE: Final = (34, 40, 96)

#: Those that need nothing but this repository: what is printed, and a neat hand.
SHIPPED: Final[Mapping[str, Hand]] = MappingProxyType(
    {
        "print": Hand(fonts=(TEXT,), ink=_BLACK, wobble=0.0, size=3.9),
        "neat": Hand(fonts=(HAND,), ink=_BLUE),
    }
)
#: Name of a hand → its fonts on npm, for Latin letters and digits first, and its ink. From careful to hurried.
_FETCHED: Final = {
    "print-song": (("zcool-xiaowei-latin", "zcool-xiaowei-chinese-simplified"), _BLACK),
    "upright": (("patrick-hand-latin", ""), _BLACK),
    "round": (("kalam-latin", "long-cang-chinese-simplified"), _BLUE),
    "brush": (("caveat-latin", "ma-shan-zheng-chinese-simplified"), _BLACK),
    "hurried": (("kalam-latin", "zhi-mang-xing-chinese-simplified"), _BLUE),
}


@functools.cache
def everyone() -> Mapping[str, Hand]:
    """All hands; fetches fonts (30 MB) into ``var/node`` when they are not there. Raises without npm's registry."""
    folder = installed(Path(__file__).parent / "fonts") / "node_modules" / "@fontsource"
    hands = dict(SHIPPED)
    for name, (subsets, ink) in _FETCHED.items():
        files = tuple(_file(folder, subset) if subset else HAND for subset in subsets)
        machine = name.startswith("print")
        hands[name] = Hand(
            fonts=(*files, TEXT if machine else HAND),
            ink=ink,
            wobble=0.0 if machine else 1.0,
            size=3.9 if machine else 5.2,
        )
    return MappingProxyType(hands)


def is_printed(hand: str) -> bool:
    """Return whether a machine fills the form."""
    return hand.startswith("print")


def _file(folder: Path, subset: str) -> Path:
    package = subset.removesuffix("-latin").removesuffix("-chinese-simplified")
    return folder / package / "files" / f"{subset}-400-normal.woff2"
