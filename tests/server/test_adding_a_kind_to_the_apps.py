"""A kind is one row in the apps: without it they do not compile, with it they do, and nothing else is to be changed.

Contract and apps are copied, and a kind ``note`` is added to the copies as docs/adding-a-kind.md has it. They are
compiled once: with the table of kinds as it is, and beside it one that has the row.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.node import NODE

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "web" / "node_modules"
LEFT_OUT = shutil.ignore_patterns("node_modules", "dist", "tests")

STRUCTS = '''

class NoteValues(Wire, frozen=True, kw_only=True):
    """A note."""

    text: str


class NoteServer(Wire, frozen=True, kw_only=True):
    """When it came, and how long it is."""

    received_at: str
    length: int
'''

ROW = """import type { KindRow } from './row';

export const note: KindRow<'note'> = {
  called: ['便条', 'Note'],
  address: (id) => `#/records/${id}`,
  asks: ({ id, values, server }) => [
    {
      key: id,
      tone: 'warn',
      icon: 'flag',
      title: values.text,
      detail: `${server?.length ?? 0}`,
      href: `#/records/${id}`,
      dismissible: true,
    },
  ],
};
"""


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the compiler complains of, by file of the apps, once the contract knows a kind ``note``."""
    if not (PACKAGES / "typescript").exists():
        pytest.skip("the apps' packages are not installed: scripts/web install")
    folder = tmp_path_factory.mktemp("house")
    with_a_note(Path(shutil.copytree(ROOT / "mobile_contract", folder / "mobile_contract")))
    run([sys.executable, "-m", "mobile_contract.emit"], folder, PYTHONPATH=str(folder))
    web = Path(shutil.copytree(ROOT / "web", folder / "web", ignore=LEFT_OUT))
    (web / "node_modules").symlink_to(PACKAGES, target_is_directory=True)
    kinds = web / "phone" / "kinds"
    (kinds / "note.ts").write_text(ROW, "utf-8")
    (kinds / "misread.ts").write_text(ROW.replace("values.text", "values.title"), "utf-8")
    shutil.copy(kinds / "index.ts", kinds / "table.ts")
    edit(kinds / "table.ts", "import { parked }", "import { note } from './note';\nimport { parked }")
    edit(kinds / "table.ts", "form, vocabulary };", "form, vocabulary, note };")
    printed = run([NODE, str(PACKAGES / "typescript" / "bin" / "tsc"), "--noEmit", "--pretty", "false"], web)
    found: dict[str, list[str]] = {}
    for line in printed.splitlines():
        if not line.startswith(" "):  # what follows belongs to the line before
            file, _, complaint = line.partition("(")
            found.setdefault(file, []).append(complaint)
    return found


def with_a_note(contract: Path) -> None:
    """Add the kind to a copy of the contract: two structs, a member of ``Kind``, a row of ``KINDS``."""
    records, catalogue = contract / "records.py", contract / "catalogue.py"
    records.write_text(records.read_text("utf-8") + STRUCTS, "utf-8")
    edit(records, '    PARKED = "parked"\n', '    PARKED = "parked"\n    NOTE = "note"\n')
    edit(catalogue, "    records.Kind,\n", "    records.Kind,\n    records.NoteValues,\n    records.NoteServer,\n")
    last = "    records.Kind.PARKED: (records.ParkedValues, records.ParkedServer),\n"
    edit(catalogue, last, f"{last}    records.Kind.NOTE: (records.NoteValues, records.NoteServer),\n")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{file.name} has {old!r} {text.count(old)} times"
    file.write_text(text.replace(old, new), "utf-8")


def run(command: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=300, check=False
    )
    return done.stdout + done.stderr


def test_without_its_row_the_apps_do_not_compile_and_it_is_the_row_that_is_missed(
    complaints: dict[str, list[str]],
) -> None:
    (missed,) = complaints["phone/kinds/index.ts"]
    assert "'note'" in missed


def test_with_its_row_the_apps_compile_as_they_are(complaints: dict[str, list[str]]) -> None:
    assert set(complaints) <= {"phone/kinds/index.ts", "phone/kinds/misread.ts"}


def test_a_row_that_reads_what_the_kind_lacks_does_not_compile(complaints: dict[str, list[str]]) -> None:
    (misread,) = complaints["phone/kinds/misread.ts"]
    assert "'title'" in misread
