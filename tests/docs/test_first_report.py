"""The README's first report, run as it stands there against a fresh server."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture._reader import ROOT
from tests.docs.test_readme import section
from tests.support.patience import Patience
from tests.support.processes import answers, die_with_parent, free_port

pytestmark = pytest.mark.e2e


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A server of its own, and the settings it runs under."""
    port = free_port()
    settings = {"PLUMBLINE_DATA_DIR": str(tmp_path), "PLUMBLINE_PORT": str(port), "PLUMBLINE_LOG_LEVEL": "warning"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLUMBLINE_")}
    server = subprocess.Popen(
        [sys.executable, "-m", "server", "serve"],
        cwd=ROOT,
        env=kept | settings,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - it only makes a system call
    )
    try:
        patience = Patience(60)
        while not answers(port):
            assert server.poll() is None, "the server ended"
            assert patience.lasts(), "the server did not start"
            time.sleep(0.1)
        yield kept | settings
    finally:
        server.terminate()
        server.wait(300)


def test_the_first_report_of_the_readme_is_applied_and_its_total_computed(environment: dict[str, str]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    blocks = re.findall(r"^```sh\n(.*?)^```", section("A first report"), re.MULTILINE | re.DOTALL)
    script = "set -euo pipefail\n" + "".join(blocks).replace(".venv/bin/python", sys.executable)
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"op.applied"' in done.stdout
    assert '"labour_total": 12' in done.stdout
