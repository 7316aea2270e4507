"""The row of this domain in the house."""

from server.forms import tables
from server.forms.events import FormDrafted, FormPublished, FormRetired
from server.forms.routes import ROUTES
from server.forms.service import Forms
from server.identity import WORKER
from server.kernel.domain import Domain

DOMAIN = Domain(
    name="forms",
    tables=(tables.form_versions, tables.form_drafts),
    services=lambda house: {"forms": Forms(house.db, house.journal, house.clock)},
    routes=ROUTES,
    events=(FormDrafted, FormPublished, FormRetired),
    start=lambda house: house.of(Forms).publish_library(WORKER.person),
)
