"""The demonstration takes the operator's settings or says which it does not; it deletes only what one has made."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server.demo import chosen, stage
from server.kernel.settings import BadSetting, Settings
from tests.support.patience import wait_for
from tests.support.processes import free_port

ROOT = Path(__file__).parents[2]


def test_port_and_every_other_setting_of_the_operator_reach_its_server() -> None:
    variables, ignored = chosen.environment(Settings(port=8471, host="0.0.0.0", ocr_audit_percent=7))  # noqa: S104 - not listened on
    assert variables == {"PLUMBLINE_PORT": "8471", "PLUMBLINE_HOST": "0.0.0.0", "PLUMBLINE_OCR_AUDIT_PERCENT": "7"}  # noqa: S104
    assert ignored == []


def test_a_database_bucket_or_key_in_use_is_ignored_by_name() -> None:
    settings = Settings(database_url="postgresql+asyncpg://x/y", blob_store="s3", s3_bucket="b", embedded_worker=False)
    variables, ignored = chosen.environment(settings)
    assert variables == {}
    assert ignored == [
        "PLUMBLINE_BLOB_STORE",
        "PLUMBLINE_DATABASE_URL",
        "PLUMBLINE_EMBEDDED_WORKER",
        "PLUMBLINE_S3_BUCKET",
    ]


def test_a_new_an_empty_and_a_demonstrations_own_folder_are_taken(tmp_path: Path) -> None:
    assert chosen.folder(Settings()) == chosen.FOLDER
    for name in ("new", "empty", "own"):
        if name != "new":
            (tmp_path / name).mkdir()
    (tmp_path / "own" / chosen.MARK).touch()
    (tmp_path / "own" / "data").mkdir()
    for name in ("new", "empty", "own"):
        assert chosen.folder(Settings(data_dir=str(tmp_path / name))) == tmp_path / name


def test_a_folder_with_other_data_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    kept = tmp_path / "plumbline.db"
    kept.write_bytes(b"reports")
    with pytest.raises(BadSetting, match="no demonstration made"):
        chosen.folder(Settings(data_dir=str(tmp_path)))
    assert kept.read_bytes() == b"reports"


@pytest.mark.e2e
def test_when_it_is_killed_its_servers_end_too(tmp_path: Path) -> None:
    """Started in a process of its own, which is killed before it could stop anything."""
    started = "import sys, time; from pathlib import Path; from server.demo import stage\n"
    started += "playing = stage._start(Path(sys.argv[1]), 'Correct-Horse-7', {}, 1)\n"
    started += "print(playing.processes[0].pid, flush=True); time.sleep(600)"
    folder = tmp_path / "stage"
    folder.mkdir()
    environment = os.environ | {"PLUMBLINE_PORT": str(free_port())}
    with subprocess.Popen(
        [sys.executable, "-c", started, str(folder)], cwd=ROOT, env=environment, stdout=subprocess.PIPE
    ) as demonstration:
        assert demonstration.stdout is not None
        server = int(demonstration.stdout.readline())
        assert is_running(server)
        demonstration.kill()
    wait_for(lambda: not is_running(server), "the server to end")


def is_running(process: int) -> bool:
    """Return whether there is a process with this id that is no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.e2e
def test_its_server_listens_on_the_port_and_keeps_its_data_below_the_folder(tmp_path: Path) -> None:
    port = free_port()
    variables, _ = chosen.environment(Settings(port=port))
    playing = stage.build(tmp_path / "stage", lambda _said: None, variables)
    try:
        assert playing.url == f"http://127.0.0.1:{port}"
        assert (tmp_path / "stage" / "data" / "plumbline.db").exists()
        assert chosen.folder(Settings(data_dir=str(playing.folder))) == playing.folder, "the next may begin there"
    finally:
        playing.close()


@pytest.mark.e2e
def test_a_taken_port_is_named_and_ends_the_demonstration(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "COLUMNS": "200",
            "PYTHONPATH": str(ROOT),
            "PLUMBLINE_PORT": str(port),
            "PLUMBLINE_DATA_DIR": str(tmp_path / "mine"),
        }
        command = [sys.executable, "-m", "server", "demo", "--once"]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"port {port} of 127.0.0.1 is taken; PLUMBLINE_PORT names another" in done.stdout
    assert not (tmp_path / "var").exists()
