"""Forms: authored once as an XLSForm, compiled to one definition, published in versions that never change.

Inside a transaction, ``definition(tx, form, version)`` gives a published version and ``published(tx)`` all of them;
``recompute`` and ``check`` are pure.
"""

from server.forms.check import check
from server.forms.compute import recompute
from server.forms.findings import NotAForm
from server.forms.routes import ROUTES
from server.forms.service import Forms, library
from server.forms.store import definition, published
from server.forms.xlsform import Compiled, compile_form

__all__ = [
    "ROUTES",
    "Compiled",
    "Forms",
    "NotAForm",
    "check",
    "compile_form",
    "definition",
    "library",
    "published",
    "recompute",
]
