"""Forms: authored once as an XLSForm, compiled to one definition, published in versions that never change.

Inside a transaction, ``definition(tx, form, version)`` is a published version, ``published(tx)`` all of them,
``offered(tx, form)`` the one for new reports, ``current(tx)`` that of each form, and ``retired(tx)`` those for none.
``difference``, ``recompute`` and ``check`` are pure; ``draft`` begins a form from a sample of paper.
"""

from server.forms.check import check, misfits
from server.forms.compute import TooManySteps, recompute
from server.forms.difference import difference
from server.forms.domain import DOMAIN
from server.forms.draft import Sample, draft
from server.forms.events import FormPublished, FormRetired, FormVersion
from server.forms.exact import is_day
from server.forms.findings import NotAForm
from server.forms.routes import ROUTES
from server.forms.service import Forms, library
from server.forms.store import current, definition, offered, published, retired
from server.forms.xlsform import Compiled, compile_form

__all__ = [
    "DOMAIN",
    "ROUTES",
    "Compiled",
    "FormPublished",
    "FormRetired",
    "FormVersion",
    "Forms",
    "NotAForm",
    "Sample",
    "TooManySteps",
    "check",
    "compile_form",
    "current",
    "definition",
    "difference",
    "draft",
    "is_day",
    "library",
    "misfits",
    "offered",
    "published",
    "recompute",
    "retired",
]
