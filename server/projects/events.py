"""What happens to projects and sections."""

from typing import ClassVar

from mobile_contract.projects import NewFence
from server.kernel.events import Event


class ProjectCreated(Event, frozen=True, kw_only=True):
    """There is a new project."""

    name: ClassVar[str] = "project.created"

    code: str


class SectionCreated(Event, frozen=True, kw_only=True):
    """A project has a new section (标段)."""

    name: ClassVar[str] = "section.created"

    code: str


class FenceDrawn(Event, frozen=True, kw_only=True):
    """A scope has a new version of its fence; ``drawn`` is what was sent."""

    name: ClassVar[str] = "fence.drawn"

    version: int
    drawn: NewFence
