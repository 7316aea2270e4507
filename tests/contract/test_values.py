"""Canonical JSON: RFC 8785's own examples where they lie in our model, and the edges of that model."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_contract.values import MAX_DEPTH, MAX_INTEGER, NotAValue, canonical, check, digest

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_the_sorting_example_of_rfc_8785() -> None:
    """Section 3.2.3: properties are sorted by UTF-16 code units, not by code points."""
    names = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(canonical(names)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_the_string_and_the_literals_of_the_example_of_rfc_8785() -> None:
    """Section 3.2.2, its floating point numbers left out: they are no values of ours."""
    example = {"string": '\u20ac$\u000f\u000aA\'\u0042"\\\\"/', "literals": [None, True, False]}
    expected = r'{"literals":[null,true,false],"string":"€$\u000f\nA' + "'" + r'B\"\\\\\"/"}'
    assert canonical(example) == expected.encode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "{}"),
        ([], "[]"),
        (0, "0"),
        (-1, "-1"),
        (MAX_INTEGER, "9007199254740991"),
        ("\b\t\n\f\r", r'"\b\t\n\f\r"'),
        ("\x00\x1f\x7f", '"\\u0000\\u001f\x7f"'),
        ("\u2028/", '"\u2028/"'),
        ({"b": 1, "a": {"d": [2, "施工"], "c": None}}, '{"a":{"c":null,"d":[2,"施工"]},"b":1}'),
    ],
)
def test_other_forms_are_written_as_rfc_8785_says(value: Any, expected: str) -> None:
    assert canonical(value) == expected.encode()


@given(VALUES)
def test_canonical_json_is_what_an_independent_writer_makes(value: Any) -> None:
    assert canonical(value) == by_hand(value).encode()


def by_hand(value: Any) -> str:
    """RFC 8785 by its text, as slowly as can be."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{by_hand(name)}:{by_hand(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(by_hand, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@given(VALUES)
def test_reading_canonical_json_gives_the_value_back(value: Any) -> None:
    assert json.loads(canonical(value)) == value


def test_the_digest_is_the_sha256_of_the_canonical_form() -> None:
    assert digest({"b": 1, "a": "铅垂"}) == hashlib.sha256('{"a":"铅垂","b":1}'.encode()).hexdigest()


@pytest.mark.parametrize(
    ("value", "reason", "path"),
    [
        (1.0, "value.float", ""),
        ({"a": [0, {"b": 0.5}]}, "value.float", "/a/1/b"),
        (MAX_INTEGER + 1, "value.integer_too_large", ""),
        ({"n": -MAX_INTEGER - 1}, "value.integer_too_large", "/n"),
        ({"when": b"x"}, "value.unknown_type", "/when"),
        ((1, 2), "value.unknown_type", ""),
    ],
)
def test_what_lies_outside_the_model_is_told_with_its_place(value: Any, reason: str, path: str) -> None:
    with pytest.raises(NotAValue) as told:
        check(value)
    assert (told.value.reason, told.value.path) == (reason, path)


def test_nesting_is_bounded() -> None:
    nested: Any = 1
    for _ in range(MAX_DEPTH):
        nested = [nested]
    check(nested)
    with pytest.raises(NotAValue):
        check([nested])


@given(st.recursive(st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(), st.lists, max_leaves=5))
def test_every_value_of_the_model_passes(value: Any) -> None:
    check(value)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("place", [lambda n: n, lambda n: [n], lambda n: {"a": {"b": n}}])
def test_the_largest_integer_is_the_last_that_every_language_counts_by_one(sign: int, place: Any) -> None:
    assert MAX_INTEGER == 9_007_199_254_740_991
    check(place(sign * MAX_INTEGER))
    with pytest.raises(NotAValue, match=r"value\.integer_too_large"):
        check(place(sign * (MAX_INTEGER + 1)))
