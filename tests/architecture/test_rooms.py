"""Rooms are small, spoken for and alive; errors are listed once; the wire has no floats; every door asks who calls."""

import functools
import warnings

import pytest

from mobile_contract.problems import PROBLEMS
from tests.architecture import _rooms
from tests.architecture._reader import ROOT, Modules, assert_clean, read_project

#: Modules that nothing imports, and why they are there.
ENTRIES: dict[str, str] = {}

#: Names of events that are given to ``Event`` through a variable, and read like codes.
EVENTS = frozenset({"op.parked"})

#: Codes that nothing names yet, and what they wait for.
WAITING: dict[str, str] = {}

#: Handlers that anybody may call, and why.
PUBLIC: dict[str, str] = {}


@functools.cache
def project() -> Modules:
    return read_project()


def roofed() -> None:
    """Skip until the composition root stands: before that, nothing reaches the rooms."""
    if not (ROOT / "server" / "app.py").exists():
        pytest.skip("server/app.py is not there yet")


def test_modules_and_functions_are_short_enough_to_read() -> None:
    assert_clean(_rooms.sizes(project()))


def test_everything_public_says_what_it_is() -> None:
    assert_clean(_rooms.undocumented(project()))


def test_every_module_is_reached_from_an_entry_point() -> None:
    roofed()
    assert_clean(_rooms.dead(project(), ENTRIES))


def test_every_code_that_is_named_is_in_the_list_of_problems() -> None:
    assert_clean(_rooms.unlisted_codes(project(), PROBLEMS, EVENTS))


def test_every_problem_in_the_list_can_happen() -> None:
    roofed()
    unused = set(_rooms.unused_codes(project(), PROBLEMS))
    for code, reason in WAITING.items():
        warnings.warn(f"{code} waits: {reason}", stacklevel=1)
    assert unused - WAITING.keys() == set()
    assert WAITING.keys() - unused == set(), "these no longer wait: strike them"


def test_the_wire_has_no_floats() -> None:
    assert_clean(_rooms.floats(project()))


def test_every_handler_asks_who_calls_or_is_public_with_a_reason() -> None:
    roofed()
    assert_clean(_rooms.open_routes(project(), PUBLIC))
