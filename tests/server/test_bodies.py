"""What is stored is what the contract says: members that it lacks are noticed, in every test of the server."""

from msgspec.structs import replace

from mobile_contract.records import Kind
from sync.state import Record
from tests.support.bodies import complaints

SHA = "0" * 64
PHOTO = Record(
    kind=Kind.PHOTO,
    id="a-photo",
    scope="section:one",
    digest=SHA,
    values={"blob": SHA, "captured": {"at": "2026-11-18T08:00:00+08:00"}},
    server={"receivedAt": "2026-11-18T00:00:00Z", "businessDate": "2026-11-18", "files": []},
)


def test_a_body_of_the_contract_is_without_complaint() -> None:
    assert complaints(PHOTO) == []


def test_a_member_that_the_contract_lacks_is_named_wherever_it_stands() -> None:
    receipt = {"sha256": SHA, "state": "expected", "colour": "red"}
    assert complaints(_but(server={**PHOTO.server, "mood": "good"})) == ["photo.server.mood is not in the contract"]
    assert complaints(_but(server={**PHOTO.server, "files": [receipt]})) == [
        "photo.server.files.0.colour is not in the contract"
    ]


def test_values_may_have_unknown_members_only_where_a_test_says_so() -> None:
    sent = _but(values={**PHOTO.values, "drone": True})
    assert complaints(sent) == ["photo.values.drone is not in the contract"]
    assert complaints(sent, unknown_values=True) == []


def test_a_wrong_type_is_a_complaint_even_where_unknown_members_are_allowed() -> None:
    (found,) = complaints(_but(values={**PHOTO.values, "note": 1}), unknown_values=True)
    assert found.startswith("photo.values: Expected `str`")


def _but(**changes: object) -> Record:
    return replace(PHOTO, **changes)
