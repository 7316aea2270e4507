"""A machine that lacks something fails in CI, and says what it lacks everywhere else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPS = {
    "test_body.py": 'def test_it():\n    pytest.skip("lacks a body")\n',
    "test_fixture.py": '@pytest.fixture\ndef it():\n    pytest.skip("lacks a fixture")\ndef test_it(it): ...\n',
    "test_mark.py": '@pytest.mark.skip(reason="lacks a mark")\ndef test_it(): ...\n',
    "test_module.py": 'pytest.skip("lacks a module", allow_module_level=True)\n',
}


@pytest.mark.parametrize(("ci", "passes"), [("true", False), ("", True)])
def test_every_way_to_skip_fails_in_ci_and_gives_its_reason_everywhere(ci: str, passes: bool, tmp_path: Path) -> None:
    for name, text in SKIPS.items():
        (tmp_path / name).write_text(f"import pytest\n{text}")
    (tmp_path / "test_sound.py").write_text("def test_it(): ...\n")
    options = ["-ra", f"--rootdir={tmp_path}"]
    options += ["-p", "tests.support.skips", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:faker"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--continue-on-collection-errors", tmp_path],
        cwd=ROOT, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert all(f"lacks a {what}" in done.stdout for what in ("body", "fixture", "mark", "module")), done.stdout
    assert ("4 skipped" in done.stdout, " skipped" in done.stdout, done.returncode == 0) == (passes, passes, passes)
