"""Codes and numbers: which are valid, and which correction of one is offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import identifiers


def test_the_published_code_is_valid_and_its_widely_copied_misprint_is_not() -> None:
    assert identifiers.is_usci("91350100M000100Y43")
    assert not identifiers.is_usci("91350100M000100Y4Z")
    assert identifiers.is_usci("91320100MA1N8F2K3R")


def test_o_for_0_is_suggested_when_the_check_character_then_agrees() -> None:
    assert identifiers.suggest("9132O100MA1N8F2K3R", identifiers.is_usci) == "91320100MA1N8F2K3R"
    assert identifiers.suggest("9132O1OOMAIN8F2K3R", identifiers.is_usci) == "91320100MA1N8F2K3R"


def test_nothing_is_suggested_for_a_valid_code_nor_when_the_check_still_fails() -> None:
    assert identifiers.suggest("91320100MA1N8F2K3R", identifiers.is_usci) is None
    assert identifiers.suggest("9132O100MA1N8F2K3T", identifiers.is_usci) is None


@given(data=st.data(), place=st.integers(8, 16))
def test_any_single_wrong_character_fails_the_check(data: st.DataObject, place: int) -> None:
    code = "91320100MA1N8F2K3R"
    other = data.draw(st.sampled_from([char for char in "0123456789ABCDEFGHJKLMNPQRTUWXY" if char != code[place]]))
    assert not identifiers.is_usci(code[:place] + other + code[place + 1 :])


def test_citizen_ids_and_project_codes_are_judged_by_what_is_public() -> None:
    assert identifiers.is_citizen_id("11010519491231002X")
    assert not identifiers.is_citizen_id("110105194912310021")
    assert not identifiers.is_citizen_id("11010519491331002X")
    assert identifiers.is_project_code("2603-320104-04-01-482176")
    assert identifiers.is_project_code("2017-440300-83-01-102870")
    assert not identifiers.is_project_code("2603-32O104-04-01-482176")


def test_two_corrections_that_would_both_be_valid_are_offered_as_none() -> None:
    assert identifiers.suggest("1B", {"7B", "18"}.__contains__) is None
    assert identifiers.suggest("1B", {"7B", "88"}.__contains__) == "7B"
    assert identifiers.suggest("1B", {"78"}.__contains__) is None


def test_a_code_whose_check_character_is_0_is_as_valid_as_any() -> None:
    """The weighted sum is then a multiple of 31, and 31 − 0 is no place in the alphabet."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    found = [code for char in alphabet if identifiers.is_usci(code := f"91320100MA1N8F2K{char}0")]
    assert len(found) == 1
    (code,) = found
    assert not any(identifiers.is_usci(code[:-1] + other) for other in alphabet[1:])


def test_a_citizen_s_number_has_one_check_digit_for_every_remainder() -> None:
    checks = {}
    for last in range(20):
        stem = f"320104199001010{last:02d}"
        (check,) = [char for char in "0123456789X" if identifiers.is_citizen_id(stem + char)]
        checks[check] = stem
    assert "0" in checks
    assert "X" in checks


@pytest.mark.parametrize("pair", ["0D", "0Q", "D0", "Q0", "17", "1L", "71", "L1", "8B", "B8", "6G", "G6"])
def test_characters_that_look_alike_are_exchanged_one_at_a_time(pair: str) -> None:
    seen, meant = pair[0], pair[1]
    assert identifiers.suggest(f"X{seen}X", {f"X{meant}X"}.__contains__) == f"X{meant}X"
    assert identifiers.suggest(seen * 2, {meant * 2}.__contains__) is None


def test_characters_that_look_unlike_are_never_exchanged() -> None:
    offered: dict[str, list[str]] = {}
    for char in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        suggested = offered[char] = []
        identifiers.suggest(char, lambda one, suggested=suggested: bool(suggested.append(one)))  # type: ignore[misc]
    assert {char: set(tried) - {char} for char, tried in offered.items() if set(tried) != {char}} == {
        "0": {"D", "Q"}, "D": {"0"}, "Q": {"0"}, "1": {"7", "L"}, "7": {"1"}, "L": {"1"},
        "8": {"B"}, "B": {"8"}, "6": {"G"}, "G": {"6"},
    }  # fmt: skip


@pytest.mark.parametrize("pair", ["O0", "I1", "Z2", "S5", "VU"])
def test_letters_that_no_code_has_are_exchanged_all_at_once(pair: str) -> None:
    seen, meant = pair[0], pair[1]
    assert identifiers.suggest(seen * 3 + "7", {meant * 3 + "7"}.__contains__) == meant * 3 + "7"
    assert identifiers.suggest(seen * 3 + "7", {meant * 3 + "1"}.__contains__) is None
    assert identifiers.suggest(seen, {seen, meant}.__contains__) is None


def test_a_code_is_written_without_what_only_parts_it() -> None:
    assert identifiers.usci(" 9135-0100 m000·100y.43\n") == "91350100M000100Y43"


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "91350100M000100Y4",
        "91350100M000100Y433",
        "9135O100M000100Y43",
        "91350100Mx00100Y43",
        "91350100M000100I43",
        "９1350100M000100Y43",
    ],
)
def test_a_code_of_another_shape_is_none(wrong: str) -> None:
    assert identifiers.is_usci(wrong) is False


@pytest.mark.parametrize("place", range(17))
def test_each_place_of_a_code_has_a_weight_of_its_own(place: int) -> None:
    """Codes and their checks, computed by the text of GB 32100: weights 1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25 …"""
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    code = "".join("5" if one == place else "0" for one in range(17))
    assert identifiers.is_usci(code + alphabet[-5 * weights[place] % 31])


@pytest.mark.parametrize("place", range(17))
def test_each_place_of_a_citizen_s_number_has_a_weight_of_its_own(place: int) -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    number = list("11010120000101000")
    number[place] = {"0": "1", "1": "2", "2": "1"}[number[place]] if place != 10 else "1"
    total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))
    assert identifiers.is_citizen_id("".join(number) + "10X98765432"[total % 11])


@pytest.mark.parametrize(
    ("day", "real"),
    [("20240229", True), ("20230229", False), ("20231301", False), ("20230132", False), ("20231231", True)],
)
def test_a_citizen_s_number_has_a_day_that_was(day: str, real: bool) -> None:
    checked = [identifiers.is_citizen_id(f"110101{day}001{check}") for check in "0123456789X"]
    assert sum(checked) == real


@pytest.mark.parametrize(
    "wrong", ["", "11010519491231002x", "1101051949123100", "11010519491231002XX", "1101051949123100XX"]
)
def test_a_citizen_s_number_of_another_shape_is_none(wrong: str) -> None:
    assert identifiers.is_citizen_id(wrong) is False
