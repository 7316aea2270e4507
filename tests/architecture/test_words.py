"""One word, one meaning: what was retired stays away, and a role is a member of ``Role``."""

import pytest

from mobile_contract.identity import Role
from tests.architecture import _words
from tests.architecture._reader import assert_clean, read, read_project
from tests.docs._glossary import NAMES, WORDS


def test_no_word_that_was_retired_is_in_the_shipped_code() -> None:
    assert {"somebody", "whoever"} <= WORDS
    assert {"Trust", "fates"} <= NAMES
    assert_clean(_words.retired(read_project(), WORDS, NAMES))


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
