"""Identifiers: what a valid one looks like, and natural keys that any client can recompute."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_contract import ids

A7 = "019a9573-3d60-7c4e-9d0e-0123456789ab"
A5 = "5f2b4b9c-7a6e-5d3c-8b1a-0123456789ab"


@pytest.mark.parametrize("text", [A7, A5, ids.natural_id("x")])
def test_an_id_is_a_uuid_of_version_7_or_5_in_small_letters(text: str) -> None:
    assert ids.is_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        A7.upper(),
        A7 + "\n",
        A7.replace("-", ""),
        f"{{{A7}}}",
        A7.replace("-7", "-4"),
        A7.replace("-9", "-c"),
        "x" * 36,
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not ids.is_id(text)


def test_a_scope_names_a_section_a_project_or_a_person() -> None:
    for scope in (ids.section_scope(A7), ids.project_scope(A7), ids.person_scope(A7)):
        assert ids.is_scope(scope)
    for text in ("system", A7, f"team:{A7}", f"section:{A7}\n", "section:", f"section:{A7}:x"):
        assert not ids.is_scope(text)


@pytest.mark.parametrize(("text", "valid"), [("a" * 64, True), ("A" * 64, False), ("a" * 63, False), ("g" * 64, False)])
def test_a_digest_is_64_small_hexadecimal_digits(text: str, valid: bool) -> None:
    assert ids.is_sha256(text) is valid


def test_a_natural_key_is_recomputed_from_the_standard_alone() -> None:
    """RFC 9562 UUIDv5, each part prefixed with its length in bytes: what another language has to do."""
    root = uuid.uuid5(uuid.NAMESPACE_URL, "urn:plumbline:natural-key:1")
    assert ids.natural_id("row", "管道工") == str(uuid.uuid5(root, "3:row9:管道工"))


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_two_keys_are_one_only_when_their_parts_are(one: list[str], other: list[str]) -> None:
    assert (ids.natural_id(*one) == ids.natural_id(*other)) is (one == other)


def test_the_same_words_as_a_record_a_row_and_a_conflict_are_different_ids() -> None:
    made = {ids.record_id("a", "b", "c"), ids.row_id("a", "b", "c"), ids.conflict_id("a", "b"), ids.natural_id("a")}
    assert len(made) == 4
    assert all(map(ids.is_id, made))
