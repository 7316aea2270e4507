"""An arrow points down only, there are no circles, and each outside part is known to one room."""

from tests.architecture import _floors
from tests.architecture._reader import assert_clean, declared_dependencies, read_project


def test_every_import_points_down_and_goes_through_the_face() -> None:
    assert_clean(_floors.floors(read_project()))


def test_every_domain_exports_its_row_and_only_the_composition_root_lists_them() -> None:
    assert_clean(_floors.rows(read_project()))


def test_no_modules_import_each_other_in_a_ring() -> None:
    assert_clean(_floors.circles(read_project()))


def test_sync_asks_no_clock_no_chance_and_no_one_outside() -> None:
    assert_clean(_floors.impure_calls(read_project()))


def test_every_library_that_is_imported_is_declared() -> None:
    assert_clean(_floors.undeclared(read_project(), *declared_dependencies()))


def test_each_outside_part_is_imported_by_its_one_room() -> None:
    assert_clean(_floors.owners(read_project()))


def test_images_from_outside_are_decoded_where_the_limits_are() -> None:
    assert_clean(_floors.decoders(read_project()))


def test_http_exceptions_stay_at_the_edge() -> None:
    assert_clean(_floors.http_errors(read_project()))
