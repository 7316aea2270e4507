"""The locks name every file by its hash, and no address."""

import re

import pytest

from tests.architecture._reader import ROOT, declared_dependencies

LOCKS = ("run", "dev")


def entries(lock: str) -> dict[str, list[str]]:
    """Read a lock: hashes by ``name==version``."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "locks" / f"{lock}.txt").read_text("utf-8").splitlines():
        text = line.strip().removesuffix("\\").strip()
        if text.startswith("--hash="):
            found[list(found)[-1]].append(text.removeprefix("--hash="))
        elif text and not text.startswith("#"):
            found[text] = []
    return found


def locked(lock: str) -> dict[str, str]:
    """Read a lock: versions by name."""
    return dict(entry.split(";")[0].strip().split("==") for entry in entries(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_pinned_with_hashes(lock: str) -> None:
    for entry, hashes in entries(lock).items():
        assert re.match(r"[a-z0-9][a-z0-9._-]*==[^=]+$", entry), entry
        assert hashes, entry
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_holds_an_address(lock: str) -> None:
    text = (ROOT / "locks" / f"{lock}.txt").read_text("utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links|file:| @ ", text)


def test_what_runs_is_what_is_tested() -> None:
    run, dev = locked("run"), locked("dev")
    assert {name: version for name, version in run.items() if dev.get(name) != version} == {}


def test_every_dependency_of_the_project_is_locked() -> None:
    for lock, wanted in zip(LOCKS, declared_dependencies(), strict=True):
        assert wanted - locked(lock).keys() == set()
