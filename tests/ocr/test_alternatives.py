"""What else a value may be, and why: codes of the contract, for a clerk to choose from with one key."""

from mobile_contract.extractions import ExtractionValues, Flag, ProposedField
from mobile_contract.problems import PROBLEMS
from ocr.alternatives import alternatives
from tests.ocr.paper_forms import shipped

FORM = shipped("payment_application")


def field(path: str, value: object, **readings: str) -> ProposedField:
    return ProposedField(path=path, value=value, confidence=500, page=1, box=(0, 0, 9, 9), readings=readings)


def found(*fields: ProposedField, flags: tuple[Flag, ...] = ()) -> dict[str, list[tuple[object, str]]]:
    read = ExtractionValues(scan="s", engine="by hand", fields=fields, flags=flags)
    said = alternatives(FORM, read, {}, 2026)
    assert {one.code for others in said.values() for one in others} <= set(PROBLEMS)
    return {path: [(one.value, one.code) for one in others] for path, others in said.items()}


def test_the_other_reading_is_offered_as_a_value_of_the_field() -> None:
    said = found(field("fields/amount_figures", 100_000, crop="1,000.00", page="¥7,000.00"))
    assert said == {"fields/amount_figures": [(700_000, "paper.readings_differ")]}
    same = field("fields/amount_figures", 100_000, crop="1,000.00", page="¥1000")
    assert found(same, field("fields/applied_on", None, crop="明天")) == {}


def test_a_code_that_passes_with_another_letter_is_offered_with_its_check() -> None:
    path = "fields/contractor_usci"
    params = {"value": "9132O100MA1N8F2K3R", "suggestion": "91320100MA1N8F2K3R"}
    flag = Flag(code="paper.identifier_confusable", paths=(path,), params=params, suggestion=params["suggestion"])
    said = found(field(path, params["value"]), flags=(flag,))
    assert said == {path: [(params["suggestion"], "paper.identifier_confusable")]}


def test_of_amounts_that_differ_each_is_offered_what_the_other_says() -> None:
    words, figures = "fields/amount_words", "fields/amount_figures"
    flag = Flag(code="paper.amount_mismatch", paths=(words, figures), params={"words": "x", "figures": "y"})
    said = found(field(words, "壹佰元整"), field(figures, 20_000), flags=(flag,))
    assert said == {
        words: [("贰佰元整", "paper.amount_mismatch")],
        figures: [(10_000, "paper.amount_mismatch")],
    }


def test_a_cell_of_a_table_has_others_too() -> None:
    said = found(field("fields/items/2/quantity", "42", crop="42", page="47"))
    assert said == {"fields/items/2/quantity": [("47", "paper.readings_differ")]}
