"""One word, one meaning: what was retired stays away, and a role is a member of ``Role``."""

import pytest

from mobile_contract.identity import Role
from tests.architecture import _words
from tests.architecture._reader import ROOT, assert_clean, read, read_project
from tests.docs._glossary import NAMES, WORDS


def test_no_word_that_was_retired_is_in_the_shipped_code() -> None:
    assert {"somebody", "whoever"} <= WORDS
    assert {"Trust", "fates"} <= NAMES
    assert_clean(_words.retired(read_project(), WORDS, NAMES))


#: Pages for people, and the code of the apps; what is generated follows the Python that it is made from.
TEXTS = ("docs/**/*.md", "*.md", "web/shared/**/*.*", "web/phone/**/*.*", "web/*.ts")
READ = {".md", ".ts", ".tsx", ".css", ".html"}


def texts() -> dict[str, str]:
    paths = {path for pattern in TEXTS for path in ROOT.glob(pattern) if path.is_file()}
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths if path.suffix in READ}


def test_no_word_that_was_retired_is_in_the_pages_or_the_apps() -> None:
    found = texts()
    assert {"docs/glossary.md", "docs/adr/0001-house-and-floors.md", "CHANGELOG.md", "web/phone/main.tsx"} <= set(found)
    assert_clean(_words.in_texts(found, WORDS))


@pytest.mark.parametrize(
    "text", ["// Nobody is here.", "const NOBODY = 1;", "tellEverybody();", "x: ['其他人', 'Somebody else']"]
)
def test_a_retired_word_is_noticed_in_the_apps_and_on_pages(text: str) -> None:
    assert _words.in_texts({"web/phone/x.ts": text}, WORDS) != []
    assert _words.in_texts({"docs/glossary.md": f"## Underneath\n\n## Retired\n{text}"}, WORDS) == []


#: A file, and what the complaint must name.
PLANTED = [
    ("def f(): ...  # for nobody", "says nobody"),
    ('def f():\n    """Wake whoever listens."""', "says whoever"),
    ('"""Somebody\'s."""', "says somebody"),
    ('def f():\n    """Give the rows."""', "begins with Give"),
    ("NOBODY = 'x'", "names NOBODY"),
    ("def tell_everybody(): ...", "names tell_everybody"),
    ("class NotAnybody: ...", "names NotAnybody"),
    ("def f(somebody): ...", "names somebody"),
    ("self.nobody = 1", "names nobody"),
    ("class Trust: ...", "names Trust; Trust was retired"),
    ("fates = 1", "names fates"),
]


@pytest.mark.parametrize(("text", "named"), PLANTED)
def test_a_retired_word_is_noticed_wherever_it_is_planted(text: str, named: str) -> None:
    complaints = _words.retired(read({"sync/push.py": text}), WORDS, NAMES)
    assert any(named in complaint for complaint in complaints), complaints


def test_a_module_that_bears_a_retired_name_is_noticed() -> None:
    assert _words.retired(read({"server/uploads/fates.py": ""}), WORDS, NAMES) != []


def test_values_of_strings_and_longer_names_stay_allowed() -> None:
    text = 'class DeviceTrust: ...\nUNKNOWN = "nobody"\nheld = "Held"  # their fates'
    assert _words.retired(read({"sync/push.py": text, "tests/test_x.py": "# nobody"}), WORDS, NAMES) == []


ROLES = {role.value for role in Role}


def test_a_role_is_a_member_of_role() -> None:
    assert_clean(_words.role_literals(read_project(), ROLES))


@pytest.mark.parametrize(
    "text",
    ['caller.require("admin", scope)', 'SEES = frozenset({"system"})', 'x = {"contractor"}', 'x = "clerk" in held'],
)
def test_a_role_as_a_text_is_noticed(text: str) -> None:
    assert _words.role_literals(read({"server/forms/routes.py": text}), ROLES) != []


def test_other_things_of_the_same_name_stay_allowed() -> None:
    text = 'SYSTEM = "system"\nsa.Column("contractor")\nx = {Role.CLERK}'
    assert _words.role_literals(read({"server/forms/routes.py": text, "tests/test_x.py": '{"clerk"}'}), ROLES) == []
