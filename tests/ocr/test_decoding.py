"""Decoding on distributions made by hand: blank, a few characters, and the space."""

import numpy as np

from ocr.decoding import Probabilities, likeliest, rivals

ALPHABET = ["", "1", "/", "7", "A", "铅", " "]
ANYTHING = np.ones(len(ALPHABET), np.bool_)
DIGITS = np.array([True, True, True, True, False, False, False])


def steps(*each: dict[str, float]) -> Probabilities:
    """Return a distribution a step: what is named, and the rest on the blank (named ``""``)."""
    rows = np.zeros((len(each), len(ALPHABET)), np.float32)
    for row, named in zip(rows, each, strict=True):
        for char, share in named.items():
            row[ALPHABET.index(char)] = share
        row[0] += 1.0 - row.sum()
    return rows


def test_repeats_are_one_character_and_a_blank_between_makes_two() -> None:
    read = likeliest(steps({"1": 0.9}, {"1": 0.8}, {}, {"1": 0.7}), ALPHABET, None)
    assert read.text == "11"
    assert np.allclose(read.characters, (0.9, 0.7))


def test_a_hesitation_between_latin_characters_is_a_space() -> None:
    shown = steps({"A": 0.9}, {" ": 0.05}, {"7": 0.9})
    assert likeliest(shown, ALPHABET, None).text == "A 7"
    assert likeliest(steps({"A": 0.9}, {" ": 0.01}, {"7": 0.9}), ALPHABET, None).text == "A7"
    assert likeliest(steps({"铅": 0.9}, {" ": 0.4}, {"A": 0.9}), ALPHABET, None).text == "铅A"
    assert likeliest(shown, ALPHABET, DIGITS | (np.arange(len(ALPHABET)) == 4)).text == "A7"  # no space allowed here


def test_what_else_it_may_say_comes_in_the_order_of_its_probability() -> None:
    shown = steps({"7": 0.9}, {"1": 0.6, "/": 0.3}, {"7": 0.9})
    found = [reading.text for reading in rivals(shown, ALPHABET, DIGITS)]
    assert found[:2] == ["717", "7/7"]
    (slash,) = [reading for reading in rivals(shown, ALPHABET, DIGITS) if reading.text == "7/7"]
    assert np.allclose(slash.characters, (0.9, 0.3, 0.9))


def test_a_rival_says_nothing_outside_its_alphabet() -> None:
    shown = steps({"A": 0.9, "7": 0.05}, {}, {"1": 0.9})
    assert all("A" not in reading.text for reading in rivals(shown, ALPHABET, DIGITS))
    assert "71" in [reading.text for reading in rivals(shown, ALPHABET, DIGITS)]


def test_many_steps_do_not_vanish() -> None:
    shown = steps(*([{"1": 0.6, "7": 0.4}, {}] * 300))
    assert rivals(shown, ALPHABET, DIGITS)[0].text == "1" * 300
