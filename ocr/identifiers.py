"""Identifiers on Chinese construction papers: what is valid, and which correction of a reading would be.

A correction is only ever offered: nothing here changes a value.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

#: Letters that no 统一社会信用代码 has, and the digits they are taken for.
_USCI_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCI_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))
_NEVER: Final = {"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"}
#: Pairs that readers and writers mix up.
_CONFUSABLE: Final = {
    "0": "DQ", "D": "0", "Q": "0", "1": "7L", "7": "1", "L": "1", "8": "B", "B": "8", "6": "G", "G": "6",
}  # fmt: skip
_CITIZEN_WEIGHTS: Final = tuple(pow(2, 17 - i, 11) for i in range(17))
_CITIZEN_CHECKS: Final = "10X98765432"
_PROJECT: Final = re.compile(r"(\d{4})-(\d{6})-(\d{2})-(\d{2})-(\d{5,6})")


def usci(text: str) -> str:
    """Return a code in its usual form: upper case, without spaces and hyphens."""
    return re.sub(r"[\s\-.·]+", "", text).upper()


def is_usci(code: str) -> bool:
    """Return whether an 18-character 统一社会信用代码 has its check character (GB 32100-2015, ISO 7064-like MOD 31)."""
    if re.fullmatch(rf"[{_USCI_ALPHABET}]{{2}}\d{{6}}[{_USCI_ALPHABET}]{{10}}", code) is None:
        return False
    total = sum(_USCI_ALPHABET.index(char) * weight for char, weight in zip(code, _USCI_WEIGHTS, strict=False))
    return _USCI_ALPHABET[(31 - total % 31) % 31] == code[17]


def is_citizen_id(number: str) -> bool:
    """Return whether an 18-digit 公民身份号码 has a date and its check digit (GB 11643-1999, ISO 7064 MOD 11-2)."""
    if re.fullmatch(r"\d{17}[\dX]", number) is None:
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _CITIZEN_WEIGHTS, strict=False))
    return _CITIZEN_CHECKS[total % 11] == number[17]


def is_project_code(code: str) -> bool:
    """Return whether a 项目代码 has the structure of GB/T 40058-2021. Its check algorithm is not public: not judged."""
    return _PROJECT.fullmatch(code) is not None


def suggest(code: str, valid: Callable[[str], bool]) -> str | None:
    """Return the correction of ``code`` by confusable characters that ``valid`` accepts; ``None`` unless just one is.

    Letters that cannot occur (O for 0) are exchanged all at once; a code without such letters may differ in one
    character. A check character passes by chance once in 31, so two candidates mean none.
    """
    if valid(code):
        return None
    plain = "".join(_NEVER.get(char, char) for char in code)
    if plain != code:
        return plain if valid(plain) else None
    passing = {candidate for candidate in _one_changed(code) if valid(candidate)}
    return passing.pop() if len(passing) == 1 else None


def _one_changed(code: str) -> Iterator[str]:
    for index, char in enumerate(code):
        for other in _CONFUSABLE.get(char, ""):
            yield code[:index] + other + code[index + 1 :]
