"""What stands beside the labels of a form that a person named, on pages that are no sheets of ours. Pure.

Such a page was laid out by others: where an answer stands says nothing, but the label beside it may be one of the form.
"""

from collections.abc import Iterable, Iterator, Sequence

from mobile_contract.extractions import FoundPair, ProposedField
from mobile_contract.forms import Field, FormDefinition, fields_of
from ocr.fields import Context
from ocr.meaning import understand
from ocr.normalise import clean


def by_pairs(context: Context, pairs: Sequence[FoundPair]) -> tuple[ProposedField, ...]:
    """Return what the pairs propose for the fields of a form, in the form's order.

    Only a label that is wholly that of one field counts, and only the first of its kind. No fit was made for this, so
    the confidence is 0 and no kind is named: a person looks at each value, and nothing is learned from it.
    """
    answered: dict[str, FoundPair] = {}
    for pair in pairs:
        if pair.value:
            answered.setdefault(_plain(pair.key), pair)
    return tuple(_proposed(context, asked, answered[label]) for asked, label in _labelled(context.form, answered))


def _labelled(form: FormDefinition, there: Iterable[str]) -> Iterator[tuple[Field, str]]:
    """Yield each field that can be read with its label that is there, if no other field has the same."""
    known = set(there)
    labels = [(asked, {_plain(text) for text in asked.label.values()}) for asked in fields_of(form)]
    for asked, names in labels:
        found = sorted(names & known)
        alone = sum(bool(names & others) for _, others in labels) == 1
        if found and alone and asked.computed is None:
            yield asked, found[0]


def _proposed(context: Context, asked: Field, pair: FoundPair) -> ProposedField:
    meant = understand(asked, context.form, pair.value, context.lists, context.year)
    return ProposedField(
        path=f"fields/{asked.name}",
        value=meant.value,
        confidence=0,
        page=pair.page,
        box=pair.box,
        readings={"page": pair.value},
        rule=meant.rule,
    )


def _plain(label: str) -> str:
    return "".join(clean(label).split()).rstrip(":*").casefold()
