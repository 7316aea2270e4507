"""Rooms are small, spoken for and alive; errors are listed once; the wire has no floats; every door asks who calls."""

from mobile_contract.problems import PROBLEMS
from tests.architecture import _rooms
from tests.architecture._reader import assert_clean, read_project

#: Modules that nothing of ours imports, and who does.
ENTRIES = {
    "server.migrations": "Alembic runs it by its path",
    "media.memory_store": "the reference that the real stores are compared with in the conformance suite",
    "sync.invariants": "what must always hold, for tests and for anybody's simulation",
}

#: Rooms that read and write records as structs.
TYPED = (
    "sync",
    "server.replication",
    "server.reports",
    "server.captures",
    "server.reference",
    "server.scans",
    "server.evidence",
    "server.insight",
)

#: Handlers that do not take ``caller``, and why.
PUBLIC = {
    "GET /app": "the phone app's page: a program, and no data",
    "GET /app/{path:path}": "the phone app's files",
    "GET /desk": "the desk's page: a program, and no data",
    "GET /desk/{path:path}": "the desk's files",
    "GET /health": "says only that the process answers",
    "ROUTE /v1/uploads": "OPTIONS: says only what a tus server can do",
    "POST /v1/login": "asks for a password",
    "POST /v1/enrol": "asks for an enrolment code",
    "POST /v1/logout": "ends the token it came with, and a token that is worth nothing may be ended too",
}


def test_modules_and_functions_are_short_enough_to_read() -> None:
    assert_clean(_rooms.sizes(read_project()))


def test_everything_public_says_what_it_is() -> None:
    assert_clean(_rooms.undocumented(read_project()))


def test_every_module_is_reached_from_an_entry_point() -> None:
    assert_clean(_rooms.dead(read_project(), ENTRIES))


def test_every_code_that_is_named_is_in_the_list_of_problems() -> None:
    assert_clean(_rooms.unlisted_codes(read_project(), PROBLEMS))


def test_every_problem_in_the_list_can_happen() -> None:
    assert_clean([f"{code} never happens" for code in _rooms.unused_codes(read_project(), PROBLEMS)])


def test_the_wire_has_no_floats() -> None:
    assert_clean(_rooms.floats(read_project()))


def test_no_body_is_read_past_its_declaration() -> None:
    assert_clean(_rooms.unseen_bodies(read_project()))


def test_a_typed_room_names_no_member_of_a_record_by_a_string() -> None:
    assert_clean(_rooms.untyped_bodies(read_project(), TYPED))


def test_every_handler_asks_who_calls_or_is_public_with_a_reason() -> None:
    assert_clean(_rooms.open_routes(read_project(), PUBLIC))
