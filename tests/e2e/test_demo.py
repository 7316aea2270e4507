"""The demonstration itself, as a newcomer runs it: every expectation it names must hold."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.kernel.problems import UNDECLARED
from tests.support.bodies import stored

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.ocr, pytest.mark.timeout(400)]


def run(tmp_path: Path, models: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder of the test's own; it writes below ``var/`` of the folder it is in."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "COLUMNS": "200",
        "PYTHONPATH": str(ROOT),
        "PLUMBLINE_OCR_MODELS_DIR": str(models),
    }
    command = [sys.executable, "-m", "server", "demo", "--once", *arguments]
    return subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=3600, check=False
    )


def test_the_demonstration_holds_and_leaves_its_pictures(tmp_path: Path, ocr_models: Path) -> None:
    done = run(tmp_path, ocr_models)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    assert "✗" not in done.stdout
    (log,) = tmp_path.rglob("server.log")
    assert UNDECLARED not in log.read_text("utf-8")
    (database,) = tmp_path.rglob("plumbline.db")
    assert stored(f"sqlite+aiosqlite:///{database}") == []
    assert {path.suffix for path in (tmp_path / "var/demo/pictures").iterdir()} == {".pdf", ".png", ".jpg"}


def test_a_folder_with_one_photograph_is_refused_with_what_is_needed(tmp_path: Path, ocr_models: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "only.jpg").write_bytes(b"")
    done = run(tmp_path, ocr_models, "--photos", str(folder))
    assert done.returncode != 0
    assert "at least two photographs" in done.stderr
