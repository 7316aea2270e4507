"""Changes that make no difference to what the program does, each with the reason; they are taken out of the score."""

from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.parts import ROOT


@dataclass(frozen=True)
class Equivalent:
    """A mutant by its module, the text of its line and the change; ``why`` nothing can notice it."""

    module: str
    line: str
    what: str
    why: str


EQUIVALENTS = (
    Equivalent(
        "server/kernel/problems.py",
        'body = details(code, params, request.headers.get("accept-language", "zh-CN"))',
        "'zh-CN' → 'zh-CNx'",
        "a language is Chinese by its first two letters",
    ),
    Equivalent(
        "server/kernel/problems.py",
        'state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""',
        "'' → 'x'",
        "the one class of SQLSTATE that is asked about begins with a digit",
    ),
    Equivalent(
        "server/kernel/settings.py",
        "if not all(part.isascii() and part.isdecimal() and 16 <= int(part[:6]) <= MAX_SIDE for part in parts):",
        "6 → '7'",
        "six digits are as far beyond the longest side as seven",
    ),
    Equivalent(
        "server/replication/writing.py",
        "if conflict.kind == CONFLICT.kind",
        "Eq → NotEq: conflict.kind == CONFLICT.kind",
        "what is not read ahead is read when it is asked for: a query more, the same answer",
    ),
    *(
        Equivalent(
            "server/replication/__init__.py",
            f'"{name}",',
            f"'{name}' → '{name}x'",
            "names of __all__ are for readers; each is imported by name",
        )
        for name in ("SyncedKind", "Written")
    ),
    Equivalent(
        "media/upload.py",
        "TABLE: Final = {phase: dict(zip(EVENTS, rules, strict=True)) for phase, rules in _ROWS.items()}",
        "True → 'False'",
        "each row of the table has as many rules as there are events",
    ),
    Equivalent(
        "ocr/money.py",
        '_FORMAL_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"',
        "'零壹贰叁肆伍陆柒捌玖' → '零壹贰叁肆伍陆柒捌玖x'",
        "only digits index it",
    ),
)


def why(path: Path, mutant: Mutant) -> str | None:
    """Return the reason for which a change makes no difference; None where that is not known."""
    module, line = str(path.relative_to(ROOT)), path.read_text("utf-8").splitlines()[mutant.line - 1].strip()
    rows = (row for row in EQUIVALENTS if (row.module, row.line, row.what) == (module, line, mutant.what))
    return next((row.why for row in rows), None)


def stale() -> list[Equivalent]:
    """Return the rows that are no mutant of the code any more."""
    found = {
        (module, lines[mutant.line - 1].strip(), mutant.what)
        for module in {row.module for row in EQUIVALENTS}
        for text in [(ROOT / module).read_text("utf-8")]
        for lines in [text.splitlines()]
        for mutant in mutants(text)
    }
    return [row for row in EQUIVALENTS if (row.module, row.line, row.what) not in found]
