"""What is mutated and which tests are to notice. A package is named as a whole, so that rooms may move inside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Part:
    """Modules by globs below the root, and the tests that speak of them; ``lines``: only lines that match."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    lines: re.Pattern[str] | None = None
    without: tuple[str, ...] = ()

    def files(self) -> Iterator[Path]:
        """Yield its modules, each once. A glob that finds none is a mistake."""
        for pattern in self.modules:
            found = sorted(ROOT.glob(pattern))
            if not found:
                raise FileNotFoundError(pattern)
            yield from (path for path in found if str(path.relative_to(ROOT)) not in self.without)


#: A line on which it is decided what a caller may do.
_AUTHORITY = re.compile(
    r"\.require\(|role_in\(|\.holds\(|\.scopes\(\)|readable\(|may_|\.roles\b|_held\(|holdings\(|\.admin\b"
    r"|identity\.(forbidden|unknown)|caller\.person|\.trust\b|writers"
)

PARTS = (
    Part("sync", ("sync/*.py",), ("tests/sync", "tests/contract/test_old_clients.py")),
    Part("upload", ("media/upload.py",), ("tests/media/test_upload.py",)),
    Part("geo", ("media/geo.py",), ("tests/media/test_geo.py",)),
    Part("paper", ("ocr/identifiers.py", "ocr/money.py"), ("tests/ocr/test_identifiers.py", "tests/ocr/test_money.py")),
    Part(
        "kernel",
        ("server/kernel/*.py",),
        (
            "tests/server/kernel", "tests/server/test_compression.py", "tests/server/test_backup.py",
            "tests/server/test_spawned.py", "tests/server/test_settings.py", "tests/server/test_days.py",
            "tests/server/test_journal.py", "tests/server/test_books.py", "tests/server/test_house.py",
            "tests/server/test_events.py", "tests/server/test_schema.py", "tests/docs/test_readme.py",
            "tests/faults/test_bombs.py",
        ),
    ),
    Part(
        "replication",
        ("server/replication/*.py",),
        (
            *(
                f"tests/server/test_{name}.py"
                for name in (
                    "adding_a_kind", "annotations", "archive", "checked_alike", "feed_rows", "horizon", "judging",
                    "kept_names", "late", "pace", "parked", "quarantine", "repair", "replication", "restoring",
                    "schema", "scopes", "single_ops", "undecided", "versions", "wake", "wiring",
                )
            ),
            "tests/contract/test_old_clients.py",
        ),
    ),
    Part("authority", ("server/*/*.py",), ("tests/server",), _AUTHORITY),
)  # fmt: skip
