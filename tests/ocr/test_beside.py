"""What stands beside the labels of a form that a person named, on pages that others laid out."""

from mobile_contract.extractions import FoundPair
from ocr.beside import by_pairs
from ocr.fields import Context
from tests.ocr.paper_forms import shipped

BOX = (10, 20, 300, 60)


def pair(key: str, value: str, page: int = 1) -> FoundPair:
    return FoundPair(key=key, value=value, page=page, box=BOX, key_box=(0, 20, 10, 60), confidence=990)


def test_an_answer_beside_a_label_of_the_form_is_proposed_with_no_confidence_at_all() -> None:
    form = shipped("payment_application")
    labels = {field.name: field.label["zh-CN"] for field in form.items if hasattr(field, "type") and field.label}
    name, label = next(iter(labels.items()))
    found = by_pairs(Context(form=form), [pair(f" {label} :", "NZ-1"), pair(label, "later", 2), pair("别的", "x")])
    assert [(each.path, each.value, each.confidence, each.kind, each.page, each.box) for each in found] == [
        (f"fields/{name}", "NZ-1", 0, None, 1, BOX)
    ]
    assert found[0].readings == {"page": "NZ-1"}


def test_what_is_no_value_of_the_field_is_kept_as_it_was_read() -> None:
    form = shipped("payment_application")
    (found,) = by_pairs(Context(form=form), [pair("日期", "明天")])
    assert (found.path, found.value, found.readings) == ("fields/applied_on", None, {"page": "明天"})


def test_a_label_without_an_answer_and_a_computed_field_propose_nothing() -> None:
    form = shipped("payment_application")
    assert by_pairs(Context(form=form), [pair("日期", ""), pair("清单合计", "1")]) == ()
