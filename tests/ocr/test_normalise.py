"""Dates, amounts and identifiers as people write them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import identifiers, money, normalise
from ocr.meaning import snap

DAY = st.dates(date(1990, 1, 1), date(2100, 12, 31))
AMOUNT = st.integers(0, 10**13)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026.11.18", "2026-11-18"),
        ("2026年11月18日", "2026-11-18"),
        ("２０２６－１１－１８", "2026-11-18"),
        ("二〇二六年十一月十八日", "2026-11-18"),
        ("20261118", "2026-11-18"),
        ("十一月十八日", "2026-11-18"),
        ("11月18号", "2026-11-18"),
        ("2026年11月31日", None),
        ("2026年11月", None),
        ("二十六", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_sites_write_it(text: str, value: str | None) -> None:
    assert normalise.read_date(text, year=2026) == value


def test_a_date_without_a_year_is_none_when_no_year_is_known() -> None:
    assert normalise.read_date("十一月十八日") is None


@given(day=DAY)
def test_every_day_reads_back_from_each_way_of_writing_it(day: date) -> None:
    for text in (f"{day:%Y.%m.%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}", f"{day:%Y / %m / %d}"):
        assert normalise.read_date(text) == day.isoformat()


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


@given(fen=AMOUNT)
def test_every_amount_reads_back_from_words_and_from_figures(fen: int) -> None:
    assert money.words_to_fen(money.fen_to_words(fen)) == fen
    assert money.figures_to_fen(money.fen_to_figures(fen)) == fen


@given(fen=AMOUNT, other=AMOUNT)
def test_different_amounts_never_have_the_same_words(fen: int, other: int) -> None:
    assert (money.fen_to_words(fen) == money.fen_to_words(other)) == (fen == other)


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
    ],
)
def test_figures_are_read_only_when_commas_and_places_are_right(text: str, fen: int | None) -> None:
    assert money.figures_to_fen(text) == fen


@given(number=st.integers(0, 10**10))
def test_numbers_with_commas_are_the_numbers_without(number: int) -> None:
    assert normalise.read_integer(f"{number:,}") == normalise.read_integer(f"{number} 人") == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("三十四", 34), ("十二", 12), ("一百零三", 103), ("壹仟贰佰", 1200), ("二〇二六", 2026), ("百", None)],
)
def test_chinese_numerals_are_numbers(text: str, number: int | None) -> None:
    assert normalise.read_integer(text) == number


@pytest.mark.parametrize(
    ("text", "scale", "value"),
    [("80.00", 2, "80"), ("42.5m", 2, "42.5"), ("0.125", 2, None), ("-3.0", 1, "-3"), ("1.2.3", 2, None)],
)
def test_a_decimal_keeps_to_its_places(text: str, scale: int, value: str | None) -> None:
    assert normalise.read_decimal(text, scale) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("8:05", "08:05"), ("08时30分", "08:30"), ("下午3点", "15:00"), ("晚上8点半", "20:30"), ("25:00", None)],
)
def test_a_time_is_read_as_spoken(text: str, value: str | None) -> None:
    assert normalise.read_time(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-11-18 22:05", "2026-11-18T22:05:00+08:00"),
        ("2026年11月19日2时30分", "2026-11-19T02:30:00+08:00"),
        ("11月18日 晚上10点", "2026-11-18T22:00:00+08:00"),
        ("十一月十八日下午3点半", "2026-11-18T15:30:00+08:00"),
        ("2026-11-18", None),
        ("22:05", None),
        ("2026-11-1822:05", "2026-11-18T22:05:00+08:00"),
        ("2026.11.618:40", "2026-11-06T18:40:00+08:00"),
        ("2026-11-122:05", None),
        ("2026-02-30 22:05", None),
    ],
)
def test_a_date_with_a_time_is_an_instant_by_the_clock_of_the_site(text: str, value: str | None) -> None:
    assert normalise.read_date_time(text, 2026) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("K0+620", "K0+620"),
        ("KO+56O~K0+64O", "K0+560~K0+640"),
        ("k0+560 至 k0+602.5", "K0+560~K0+602.5"),
        ("AK12+300", "AK12+300"),
        ("沟槽", None),
        ("K0+5", None),
    ],
)
def test_a_stake_has_no_letter_but_k(text: str, value: str | None) -> None:
    assert normalise.read_stake(text) == value


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


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("陈建园工", "陈建国工"),
        ("DN8OO 钢筋混疑土管", "DN800 钢筋混凝土管"),
        ("钢筋二班", None),
        ("DN300 钢筋混凝土管", None),
        ("Steel crew B", None),
        ("Stee1 crew A", "Steel crew A"),
        ("东南风", None),
    ],
)
def test_a_name_snaps_to_a_list_but_never_to_another_number_side_or_letter(text: str, entry: str | None) -> None:
    words = ("陈建国工", "DN800 钢筋混凝土管", "钢筋一班", "Steel crew A", "东风")
    assert snap(text, words) == entry


_NUMERALS = "〇一二三四五六七八九"


def spoken(number: int) -> str:
    """Write 1 … 31 as it is spoken: 十八, 二十, 三十一."""
    tens, ones = divmod(number, 10)
    return f"{_NUMERALS[tens] if tens > 1 else ''}{'十' if tens else ''}{_NUMERALS[ones] if ones else ''}"


@given(day=DAY)
def test_every_day_reads_back_from_chinese_numerals_with_its_year_or_without(day: date) -> None:
    year = "".join(_NUMERALS[int(digit)] for digit in str(day.year))
    month_and_day = f"{spoken(day.month)}月{spoken(day.day)}日"
    assert normalise.read_date(f"{year}年{month_and_day}") == day.isoformat()
    assert normalise.read_date(month_and_day, year=day.year) == day.isoformat()


@given(
    starts=st.tuples(st.integers(0, 999), st.integers(0, 999)),
    ends=st.tuples(st.integers(0, 999), st.integers(0, 999)),
    joint=st.sampled_from(["~", "-", "—", " 至 ", "～", "到"]),
    wrong=st.booleans(),
)
def test_every_range_of_stakes_reads_back_also_with_letters_for_digits(
    starts: tuple[int, int], ends: tuple[int, int], joint: str, wrong: bool
) -> None:
    one, other = (f"K{km}+{metres:03d}" for km, metres in (starts, ends))
    written = f"{one}{joint}{other}".replace("0", "O") if wrong else f"{one}{joint}{other}"
    assert normalise.read_stake(written) == f"{one}~{other}"


@given(
    number=st.decimals(0, 999_999, places=2, allow_nan=False, allow_infinity=False),
    unit=st.sampled_from(["", "m", " m", "m³", "㎡", "根", "台班", " t", "kg", "℃", "块", "m/d"]),
    commas=st.booleans(),
)
def test_every_quantity_reads_back_whatever_its_unit(number: Decimal, unit: str, commas: bool) -> None:
    written = f"{number:,.2f}{unit}" if commas else f"{number:.2f}{unit}"
    read = normalise.read_decimal(written, 2)
    assert read is not None
    assert Decimal(read) == number


@given(text=st.text(alphabet="0123456789〇一二十年月日.-/K+~OI至 m³,:时分半点下午", max_size=24))
def test_no_writing_of_those_characters_breaks_a_reader(text: str) -> None:
    for read in (normalise.read_date, normalise.read_time, normalise.read_stake, normalise.read_integer):
        read(text)
    normalise.read_decimal(text, 2)
    normalise.read_date_time(text, 2026)
    money.figures_to_fen(text)


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
