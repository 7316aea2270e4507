"""What happens to forms: ``subject`` is the form."""

from typing import ClassVar

from server.kernel.events import Event


class FormDrafted(Event, frozen=True, kw_only=True):
    """A draft was stored in place of the earlier one."""

    name: ClassVar[str] = "form.drafted"

    sha256: str


class FormVersion(Event, frozen=True, kw_only=True):
    """Something about one published version."""

    form: str
    version: int


class FormPublished(FormVersion, frozen=True, kw_only=True):
    """A version is published."""

    name: ClassVar[str] = "form.published"

    sha256: str


class FormRetired(FormVersion, frozen=True, kw_only=True):
    """No new report is begun on a version any more."""

    name: ClassVar[str] = "form.retired"
