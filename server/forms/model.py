"""The states that a version of a form goes through."""

from enum import StrEnum
from typing import Final

from mobile_contract.forms import FormState
from mobile_contract.states import Table


class FormAct(StrEnum):
    """What an author does with a version: keep a draft of it, publish it, retire it."""

    DRAFT = "draft"
    PUBLISH = "publish"
    RETIRE = "retire"


#: A draft replaces the earlier draft; a version can be published at once. To use a retired one again, its source is
#: published as a new version.
FORMS: Final = Table[FormState | None, FormAct](
    name="form",
    starts=(None,),
    rows={
        None: {FormAct.DRAFT: FormState.DRAFT, FormAct.PUBLISH: FormState.PUBLISHED},
        FormState.DRAFT: {FormAct.DRAFT: FormState.DRAFT, FormAct.PUBLISH: FormState.PUBLISHED},
        FormState.PUBLISHED: {FormAct.RETIRE: FormState.RETIRED},
        FormState.RETIRED: {},
    },
)


def form_state(version: int, retired_at: str | None) -> FormState:
    """Return the state of a version by its row; a draft has version 0."""
    if not version:
        return FormState.DRAFT
    return FormState.RETIRED if retired_at else FormState.PUBLISHED
