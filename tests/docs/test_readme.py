"""The README can be followed: what it names is there."""

import re
from pathlib import Path

import pytest

from tests.architecture._reader import ROOT
from tests.docs import _settings

README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def section(title: str) -> str:
    """Return the text under a heading of the README."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"the README has no section {title}"
    return found[1]


PATHS = sorted(set(re.findall(r"`([\w.-]*/[\w./-]*|[\w-]+\.(?:py|md|toml))`", section("Navigating the code"))))


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_the_tour_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_tour_passes_every_room_of_the_house() -> None:
    rooms = {path.parent.relative_to(ROOT).as_posix() + "/" for path in (ROOT / "server").glob("*/__init__.py")}
    rooms |= {"mobile_contract/", "sync/", "media/", "ocr/", "tests/"}
    assert rooms - set(PATHS) == set()


def test_the_table_of_settings_is_the_one_in_the_code() -> None:
    assert _settings.in_readme() == _settings.table(), "run: .venv/bin/python -m tests.docs._settings"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    here = ROOT / page
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", here.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (here.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_is_named_is_one(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / page).read_text("utf-8"), re.MULTILINE))
    assert named - targets == set()


def test_every_target_has_a_line_of_help() -> None:
    assert set(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)) == set(
        re.findall(r"^([a-z-]+):.*## .+", MAKEFILE, re.MULTILINE)
    )


@pytest.mark.parametrize("script", sorted((ROOT / "scripts").iterdir()), ids=lambda path: str(path.name))
def test_every_script_says_what_it_is_for_and_can_be_run(script: Path) -> None:
    lines = script.read_text("utf-8").splitlines()
    if script.suffix == ".py":
        assert lines[0].startswith('"""')
    else:
        assert lines[0] == "#!/usr/bin/env bash"
        assert lines[1].startswith("# ")
        assert script.stat().st_mode & 0o100
