"""From readings to proposals: values, confidences and flags, without any engine."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_contract.extractions import Flag, ProposedField
from mobile_contract.problems import PROBLEMS
from mobile_contract.values import check
from ocr.crops import pixels
from ocr.engine import Reading
from ocr.fields import Context, Seen, propose
from ocr.layout import layout_of
from tests.ocr.paper_forms import VOCABULARIES, everything

FORM = everything()
PLACES = [place for page in layout_of(FORM).pages for place in page.places]
CONTEXT = Context(form=FORM, lists=VOCABULARIES, year=2026)
Result = tuple[dict[str, ProposedField], list[Flag]]


def read(
    crops: Mapping[str, str], pages: Mapping[str, str] | None = None, ink: Mapping[str, float] | None = None
) -> Result:
    """Propose from what the crops and the page say by path, every character read with probability 0.98."""
    pages = crops if pages is None else pages
    seen = []
    for place in PLACES:
        key = place.path if place.choice is None else f"{place.path}={place.choice}"
        text = crops.get(place.path, "") if place.choice is None else ""
        lines = tuple(Reading(text=line, characters=(0.98,) * len(line)) for line in text.split("\n") if line)
        share = (ink or {}).get(key, 0.05 if lines else 0.0)
        page = pages.get(place.path) if place.choice is None else None
        seen.append(Seen(place=place, box=pixels(place.box), number=1, ink=share, crop=lines, page=page))
    fields, flags = propose(CONTEXT, seen)
    return {field.path: field for field in fields}, list(flags)


def codes(flags: list[Flag], path: str) -> set[str]:
    return {flag.code for flag in flags if path in flag.paths}


def test_two_readings_that_agree_give_their_value_with_high_confidence_and_their_place() -> None:
    fields, flags = read({"fields/date": "2026年11月18日"})
    field = fields["fields/date"]
    assert (field.value, field.rule, field.page) == ("2026-11-18", "date", 1)
    assert field.confidence > 900
    assert (field.kind, field.grounds["agree"], field.grounds["alike"]) == ("moment", 1, 1000)
    assert field.readings == {"crop": "2026年11月18日", "page": "2026年11月18日"}
    assert codes(flags, "fields/date") == set()


def test_two_readings_that_differ_are_flagged_and_never_trusted() -> None:
    fields, flags = read({"fields/figures": "¥2,684,382.50"}, {"fields/figures": "¥2,684,332.50"})
    assert fields["fields/figures"].value == 268_438_250
    agreed, _ = read({"fields/figures": "¥2,684,382.50"})
    assert fields["fields/figures"].confidence < agreed["fields/figures"].confidence
    assert fields["fields/figures"].grounds["agree"] == 0
    assert codes(flags, "fields/figures") == {"paper.readings_differ"}


def test_spaces_and_the_width_of_punctuation_are_no_difference() -> None:
    _, flags = read({"fields/remarks": "开挖,DN800 管"}, {"fields/remarks": "开挖，DN800管"})
    assert codes(flags, "fields/remarks") == set()


def test_what_is_no_value_of_its_type_is_left_empty_and_shown_as_read() -> None:
    fields, flags = read({"fields/date": "十三月"})
    assert fields["fields/date"].value is None
    assert fields["fields/date"].confidence == 0
    assert fields["fields/date"].readings["crop"] == "十三月"
    assert codes(flags, "fields/date") == {"paper.not_a_value"}


def test_where_the_likeliest_reading_is_no_date_the_next_that_is_one_is_proposed_and_flagged() -> None:
    place = next(place for place in PLACES if place.path == "fields/date")
    rival = Reading(text="2026/11/18", characters=(0.9,) * 4 + (0.2,) + (0.9,) * 5)
    line = Reading(text="2026111/18", characters=(0.9,) * 10, others=(Reading(text="2026111/1"), rival))
    (field,), (flag, *_) = propose(
        CONTEXT, [Seen(place=place, box=pixels(place.box), number=1, ink=0.05, crop=(line,), page="2026111/18")]
    )
    assert (field.value, field.rule, field.readings["crop"]) == ("2026-11-18", "rival:date", "2026111/18")
    assert field.confidence < 900
    assert (flag.code, flag.suggestion) == ("paper.not_a_value", "2026-11-18")


def test_words_that_differ_from_figures_are_flagged_with_both_amounts_and_neither_is_changed() -> None:
    fields, flags = read({"fields/words": "贰佰陆拾捌万肆仟叁佰贰拾捌元伍角整", "fields/figures": "¥2,684,382.50"})
    (flag,) = [flag for flag in flags if flag.code == "paper.amount_mismatch"]
    assert flag.paths == ("fields/words", "fields/figures")
    assert "¥2,684,328.50" in flag.params["words"]
    assert flag.params["figures"] == "¥2,684,382.50"
    assert flag.suggestion is None
    assert fields["fields/figures"].value == 268_438_250
    assert fields["fields/words"].value == "贰佰陆拾捌万肆仟叁佰贰拾捌元伍角整"


@pytest.mark.parametrize("words", ["壹拾万柒仟元伍角叁分", "壹拾万零柒仟元零伍角叁分"])
def test_both_legal_forms_of_an_amount_agree_with_its_figures_and_bear_them_out(words: str) -> None:
    fields, flags = read({"fields/words": words, "fields/figures": "107,000.53"})
    assert codes(flags, "fields/words") == set()
    assert fields["fields/figures"].grounds["checked"] == 1
    other, _ = read({"fields/words": "壹拾万元整", "fields/figures": "107,000.53"})
    assert (other["fields/figures"].grounds["checked"], other["fields/figures"].grounds["refuted"]) == (0, 1)
    assert other["fields/figures"].confidence < fields["fields/figures"].confidence


def test_o_for_0_stays_as_read_and_its_correction_is_a_suggestion() -> None:
    fields, flags = read({"fields/usci": "9132O100MA1N8F2K3R"})
    assert fields["fields/usci"].value == "9132O100MA1N8F2K3R"
    (flag,) = [flag for flag in flags if "fields/usci" in flag.paths]
    assert (flag.code, flag.suggestion) == ("paper.identifier_confusable", "91320100MA1N8F2K3R")


def test_a_code_that_no_small_correction_saves_is_flagged_without_a_suggestion() -> None:
    _, flags = read({"fields/usci": "91320100MA1N8F2K3T"})
    (flag,) = [flag for flag in flags if "fields/usci" in flag.paths]
    assert (flag.code, flag.suggestion) == ("paper.identifier_invalid", None)


def test_a_name_snaps_to_the_project_s_list_and_says_so() -> None:
    fields, _ = read({"fields/keeper": "陈健国"})
    assert fields["fields/keeper"].value == "陈健国"  # two characters of three are not clearly one person
    fields, _ = read({"fields/keeper": "李卫东"})
    assert (fields["fields/keeper"].value, fields["fields/keeper"].rule) == ("李卫东", None)


def test_a_stake_is_put_right_by_its_pattern() -> None:
    fields, _ = read({"fields/place": "KO+560~K0+640"})
    assert (fields["fields/place"].value, fields["fields/place"].rule) == ("K0+560~K0+640", "stake")


def test_ticks_choose_and_a_half_filled_box_is_left_to_a_person() -> None:
    fields, flags = read({}, ink={"fields/kind=progress": 0.3, "fields/papers=bill": 0.2, "fields/papers=proof": 0.4})
    assert fields["fields/kind"].value == "progress"
    assert fields["fields/papers"].value == ["bill", "proof"]
    assert codes(flags, "fields/kind") == set()
    fields, flags = read({}, ink={"fields/kind=progress": 0.06})
    assert fields["fields/kind"].value is None
    assert codes(flags, "fields/kind") == {"paper.check_uncertain"}


def test_two_ticks_where_one_is_meant_choose_neither() -> None:
    fields, flags = read({}, ink={"fields/urgent=true": 0.3, "fields/urgent=false": 0.3})
    assert fields["fields/urgent"].value is None
    assert codes(flags, "fields/urgent") == {"paper.check_uncertain"}


def test_a_boolean_is_a_boolean() -> None:
    fields, _ = read({}, ink={"fields/urgent=false": 0.3})
    assert fields["fields/urgent"].value is False


def test_rows_carry_their_ordinal_and_empty_cells_are_not_proposed() -> None:
    fields, _ = read({"fields/items/3/what": "沟槽开挖", "fields/items/3/count": "80.00"})
    cells = {path: field.value for path, field in fields.items() if path.startswith("fields/items/")}
    assert cells == {"fields/items/3/what": "沟槽开挖", "fields/items/3/count": "80"}


def test_a_written_total_is_compared_with_its_rows_and_never_proposed() -> None:
    rows = {"fields/items/1/value": "100.00", "fields/items/2/value": "0.50"}
    fields, flags = read({**rows, "fields/total": "100.50"})
    assert "fields/total" not in fields
    assert codes(flags, "fields/total") == set()
    _, flags = read({**rows, "fields/total": "100.05"})
    (flag,) = [flag for flag in flags if flag.code == "paper.total_mismatch"]
    assert flag.params == {"written": "¥100.05", "computed": "¥100.50"}


def test_a_required_question_left_empty_is_flagged_and_an_optional_one_is_not() -> None:
    fields, flags = read({})
    assert codes(flags, "fields/name") == {"paper.required_blank"}
    assert codes(flags, "fields/remarks") == set()
    assert fields["fields/remarks"].value is None
    assert "fields/signature" not in fields


TEXTS = st.dictionaries(
    st.sampled_from(sorted({place.path for place in PLACES})), st.text(max_size=24), max_size=len(PLACES)
)


@given(crops=TEXTS, pages=TEXTS)
def test_whatever_is_read_the_proposals_are_values_of_the_contract_with_listed_flags(
    crops: dict[str, str], pages: dict[str, str]
) -> None:
    fields, flags = read(crops, pages)
    for field in fields.values():
        check(field.value)
        assert 0 <= field.confidence <= 1000
    for flag in flags:
        assert flag.code in PROBLEMS
        assert PROBLEMS[flag.code].status == 200
        check(flag.suggestion)
