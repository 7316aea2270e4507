"""Dates, numbers, times, stakes and names as people write them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import money, normalise
from ocr.meaning import snap

DAY = st.dates(date(1990, 1, 1), date(2100, 12, 31))


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


@given(number=st.integers(0, 10**10))
def test_numbers_with_commas_are_the_numbers_without(number: int) -> None:
    assert normalise.read_integer(f"{number:,}") == normalise.read_integer(f"{number} 人") == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("三十四", 34),
        ("十二", 12),
        ("一百零三", 103),
        ("壹仟贰佰", 1200),
        ("二〇二六", 2026),
        ("百", None),
        ("一万亿", 10**12),
        ("三万二千亿零五", 3_200_000_000_005),
        ("两亿三万", 200_030_000),
        ("一万零亿", None),
        ("万亿", None),
        ("一万万", None),
        ("一亿亿", None),
        ("一亿二万亿", None),
        ("9007199254740991", 2**53 - 1),
        ("9007199254740992", None),
        ("九〇〇七一九九二五四七四〇九九一", 2**53 - 1),
        ("九〇〇七一九九二五四七四〇九九二", None),  # more than a record can hold, however it is written
    ],
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
