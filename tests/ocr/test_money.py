"""Amounts of money: figures and words, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import money

AMOUNT = st.integers(0, 2**53 - 1)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("贰佰陆拾捌万肆仟叁佰贰拾捌元伍角整", 268_432_850),
        ("人民币贰佰陆拾捌万肆仟叁佰贰拾捌圆伍角", 268_432_850),
        ("壹万陆仟肆佰零玖元零贰分", 1_640_902),
        ("叁佰贰拾伍元零肆分", 32_504),
        ("壹拾万柒仟元伍角叁分", 10_700_053),  # both legal forms
        ("壹拾万零柒仟元零伍角叁分", 10_700_053),
        ("壹佰贰拾亿零伍佰元整", 1_200_000_050_000),
        ("贰佰元正", 20_000),
        ("贰佰元", None),  # 整 is mandatory after 元: what is missing might be the rest of the amount
        ("伍分整", None),  # never after 分
        ("贰佰陆拾捌万肆仟叁佰贰拾捌", None),
        ("拾贰佰元整", None),
        ("整", None),
        ("", None),
    ],
)
def test_an_amount_in_words_is_read_by_the_rules_for_bills(text: str, fen: int | None) -> None:
    assert money.words_to_fen(text) == fen


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (11, "壹角壹分"),
        (100, "壹元整"),
        (101, "壹元零壹分"),
        (110, "壹元壹角整"),
        (1_000, "壹拾元整"),
        (2_340, "贰拾叁元肆角整"),
        (10_050, "壹佰元伍角整"),
        (10_500, "壹佰零伍元整"),
        (100_500, "壹仟零伍元整"),
        (105_000, "壹仟零伍拾元整"),
        (1_000_000, "壹万元整"),
        (10_000_100, "壹拾万零壹元整"),
        (10_010_000, "壹拾万零壹佰元整"),
        (10_100_000, "壹拾万壹仟元整"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (101_000_000, "壹佰零壹万元整"),
        (10_000_000_100, "壹亿零壹元整"),
        (10_001_000_000, "壹亿零壹万元整"),
        (10_100_000_000, "壹亿零壹佰万元整"),
        (110_000_000_000, "壹拾壹亿元整"),
        (1_000_001_000_000, "壹佰亿零壹万元整"),
        (98_765_432_109_876, "玖仟捌佰柒拾陆亿伍仟肆佰叁拾贰万壹仟零玖拾捌元柒角陆分"),
        (123_456_789_012_345, "壹万贰仟叁佰肆拾伍亿陆仟柒佰捌拾玖万零壹佰贰拾叁元肆角伍分"),
        (100_000_000_000_000, "壹万亿元整"),
        (1_000_000_000_000_005, "壹拾万亿元零伍分"),
        (2**53 - 1, "玖拾万零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖元玖角壹分"),
    ],
)
def test_an_amount_is_written_in_the_words_of_a_bill(fen: int, words: str) -> None:
    assert money.fen_to_words(fen) == words
    assert money.words_to_fen(words) == fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("壹圆整", 100),
        ("壹圓正", 100),
        ("壹園整", 100),
        ("人民币:壹元另伍分", 105),
        ("壹 元 整", 100),
        ("壹角整", 10),
        ("壹角", 10),
        ("壹元壹角", 110),
        ("壹角伍分", 15),
        ("伍分", 5),
        ("玖角玖分", 99),
        ("零元整", 0),
        ("拾元整", 1_000),
        ("九〇〇七一九九二五四七四〇九元九角一分", 2**53 - 1),
        ("九〇〇七一九九二五四七四〇九元九角二分", None),
        ("壹元伍角整分", None),
        ("伍", None),
        ("壹元壹角伍分整", None),
        ("元整", None),
        ("万元整", None),
        ("壹元万角", None),
        ("壹元伍角万分", None),
        ("伍角十分", None),
        ("十角", None),
        ("壹元壹", None),
    ],
)
def test_words_are_an_amount_only_with_the_units_of_a_bill(text: str, fen: int | None) -> None:
    assert money.words_to_fen(text) == fen


@given(fen=AMOUNT)
def test_every_amount_reads_back_from_words_and_from_figures(fen: int) -> None:
    assert money.words_to_fen(money.fen_to_words(fen)) == fen
    assert money.figures_to_fen(money.fen_to_figures(fen)) == fen
    assert money.figures_to_fen(money.fen_to_figures(-fen)) == -fen


@given(fen=AMOUNT, other=AMOUNT)
def test_different_amounts_never_have_the_same_words(fen: int, other: int) -> None:
    assert (money.fen_to_words(fen) == money.fen_to_words(other)) == (fen == other)


def test_the_alphabets_are_the_characters_of_amounts_that_are_read() -> None:
    words = [
        *(f"{digit}元整" for digit in "零壹贰叁肆伍陆柒捌玖〇一二三四五六七八九"),
        "壹仟壹佰壹拾壹亿壹万元壹角壹分",
    ]
    words += ["一千一百一十一圆正"]
    figures = ["-¥1,234,567.89", "0元"]
    assert None not in [money.words_to_fen(text) for text in words]
    assert None not in [money.figures_to_fen(text) for text in figures]
    assert set(money.WORDS_ALPHABET) == set("".join(words))
    assert set(money.FIGURES_ALPHABET) == set("".join(figures))


@given(text=st.text(alphabet=money.WORDS_ALPHABET, max_size=14))
def test_no_writing_of_those_characters_breaks_the_reader(text: str) -> None:
    fen = money.words_to_fen(text)
    assert fen is None or fen >= 0


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("¥2,684,382.50", 268_438_250),
        ("￥2684382.5元", 268_438_250),
        ("1400000.00", 140_000_000),
        ("Y612,000", 61_200_000),
        ("2.684.382.50", None),
        ("26,84,382.50", None),
        ("12.345", None),
        ("约三万", None),
        ("99999999999999999", None),
        ("¥90,071,992,547,409.91", 2**53 - 1),
        ("¥90,071,992,547,409.92", None),
        ("人民币1元整", 100),
        ("RMB1元", 100),
        ("CNY1整", 100),
        ("¥-1.05", -105),
        ("-12.5", -1_250),
        ("-¥1.00", -100),
        ("－￥1.00", -100),
        ("-人民币1元", -100),
        ("-¥-1.00", None),
        ("--1.00", None),
        ("1 000", 100_000),
        ("0.05", 5),
        ("1.0", 100),
        ("1.", None),
        (".5", None),
        ("1,000", 100_000),
        ("1000,000", None),
        ("1,0000", None),
        ("Yx", None),
        ("", None),
    ],
)
def test_figures_are_read_only_when_commas_and_places_are_right(text: str, fen: int | None) -> None:
    assert money.figures_to_fen(text) == fen


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "¥0.00"), (5, "¥0.05"), (99, "¥0.99"), (-150, "-¥1.50"), (268_438_250, "¥2,684,382.50")],
)
def test_an_amount_is_written_in_figures_with_both_places(fen: int, text: str) -> None:
    assert money.fen_to_figures(fen) == text
