"""Every problem says what happened and what to do next, in both languages, with the same parameters."""

import re
from string import Formatter

import msgspec
import pytest

from mobile_contract.problems import PROBLEMS, Problem, ProblemDetails, Refused, details

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ROWS = list(PROBLEMS.values())


def parameters(*sentences: str) -> set[str]:
    return {name for sentence in sentences for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_row_has_every_sentence_in_both_languages(row: Problem) -> None:
    for sentence in (row.zh, row.next_zh):
        assert CHINESE.search(sentence)
    for sentence in (row.en, row.next_en):
        assert sentence.strip() == sentence
        assert len(sentence) >= 5
        assert not CHINESE.search(sentence.replace("label::中文 (zh-CN)", ""))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_what_to_do_is_a_sentence_and_what_happened_a_heading(row: Problem) -> None:
    assert row.next_en.endswith(".")
    assert row.next_zh.endswith("。")
    assert not row.en.endswith(".")
    assert not row.zh.endswith("。")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_both_languages_name_the_same_parameters(row: Problem) -> None:
    english = parameters(row.en.replace("_en", ""), row.next_en.replace("_en", ""))
    assert parameters(row.zh.replace("_zh", ""), row.next_zh.replace("_zh", "")) == english


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_code_reads_room_dot_case_and_its_status_is_of_http(row: Problem) -> None:
    assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", row.code)
    assert row.status == 200 or 400 <= row.status < 600


def test_no_code_is_listed_twice() -> None:
    from mobile_contract import problems

    assert len(problems._ROWS) == len(PROBLEMS)


def test_a_refusal_must_be_listed() -> None:
    with pytest.raises(KeyError):
        Refused("nobody.knows")


def test_the_details_speak_the_readers_language_and_carry_both() -> None:
    for language, title in (("zh-CN,zh;q=0.9", "请求超过 5 字节"), ("en", "The request exceeds 5 bytes")):
        told = details("request.too_large", {"limit": "5"}, language)
        assert (told.title, told.status, told.type) == (title, 413, "urn:plumbline:problem:request.too_large")
        assert (told.title_zh, told.next_en) == ("请求超过 5 字节", "Send a smaller batch.")


def test_a_parameter_that_nobody_named_stays_visible() -> None:
    assert details("request.too_large", {}, "en").title == "The request exceeds {limit} bytes"


def test_parameters_are_words_never_places_to_look_into() -> None:
    told = details("request.malformed", {"reason": "{limit} {0.__class__} %s"}, "en")
    assert told.title == "The body could not be read: {limit} {0.__class__} %s"


def test_details_travel_and_come_back() -> None:
    told = details("op.conflict", {})
    assert msgspec.json.decode(msgspec.json.encode(told), type=ProblemDetails) == told
