"""The recorded forms: what the server computes and says today is what the phone's evaluator is held to."""

from mobile_contract.forms import fields_of, repeats_of
from tests.server.forms.vectors import EVERYTHING, FILE, recorded


def test_the_filled_forms_in_the_contract_are_what_the_server_answers() -> None:
    assert FILE.read_bytes() == recorded(), "run: python -m tests.server.forms.vectors"


def test_the_form_with_everything_leaves_nothing_to_the_phone() -> None:
    fields = [*fields_of(EVERYTHING), *(field for repeat in repeats_of(EVERYTHING) for field in repeat.fields)]
    rules = [rule for field in fields for rule in (field.relevant, field.constraint) if rule is not None]
    assert all(rule.expression is not None for rule in rules)
    assert not any(field.phone_only for field in fields)
