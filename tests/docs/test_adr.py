"""Decisions are short, complete and listed."""

import re

import pytest

from tests.architecture._reader import ROOT

FOLDER = ROOT / "docs" / "adr"
DECISIONS = sorted(path.name for path in FOLDER.glob("0*.md"))


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_says_context_decision_consequences_and_what_was_rejected(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Rejected"]
    assert len(text.splitlines()) < 100


def test_every_decision_is_listed_once_under_its_own_title() -> None:
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    titles = [((FOLDER / name).read_text("utf-8").splitlines()[0].removeprefix("# "), name) for name in DECISIONS]
    assert listed == titles


def test_the_licences_table_names_the_versions_that_are_locked() -> None:
    lock = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "locks" / "run.txt").read_text("utf-8"), re.MULTILINE))
    rows = re.findall(
        r"^\| ([a-z0-9 ,()A-Z-]+) \| ([0-9., ]+) \|", (FOLDER / "0006-libraries.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) > 20
    for names, versions in rows:
        for name, version in zip(re.sub(r" \(.*\)", "", names).split(", "), versions.split(", "), strict=True):
            key = {"opencv": "opencv-python-headless"}.get(name, name.lower())
            assert lock[key] == version, name
