"""What a domain is: one row, from which the program is put together; and the house in which domains find each other.

``server.app`` lists the rows floor by floor. It builds services in that order, so that each may ask the house for
those below it, by type.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa

from server.kernel.clock import Clock
from server.kernel.database import Database
from server.kernel.events import Event
from server.kernel.handling import Handler
from server.kernel.journal import Journal
from server.kernel.settings import Settings

T = TypeVar("T")


@dataclass(kw_only=True)
class House:
    """What a domain builds its services from. ``services`` are those built so far, by name."""

    settings: Settings
    clock: Clock
    db: Database
    journal: Journal
    domains: Sequence["Domain"]
    services: dict[str, Any] = field(default_factory=dict)

    def build(self, domain: "Domain") -> None:
        """Build the services of a domain. Raise ``ValueError`` where another domain has a service of that name."""
        built = domain.services(self)
        if taken := built.keys() & self.services.keys():
            raise ValueError(f"{domain.name}: another domain builds {', '.join(sorted(taken))}")
        self.services.update(built)

    def of(self, kind: type[T]) -> T:
        """Return the service of a type. Raise ``LookupError`` where none was built, or not yet."""
        for service in self.services.values():
            if isinstance(service, kind):
                return service
        raise LookupError(f"no {kind.__name__} here: the domain that builds it must be listed before")

    def kinds(self) -> list[Any]:
        """Return the synced kinds of all domains, as ``server.replication.SyncedKind``.

        They are built when replication is: a kind's hooks stand on services that are listed before replication.
        """
        return [kind for domain in self.domains for kind in domain.kinds(self)]


async def _nothing(_house: House) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class Domain:
    """One domain, whole. What is a function takes the house when the program is built."""

    name: str
    tables: tuple[sa.Table, ...] = ()
    #: Services by name; a route that has a parameter of such a name is given the service.
    services: Callable[[House], Mapping[str, Any]] = lambda _house: {}
    #: Parameters of routes that are made for each request, by name.
    provides: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    routes: Sequence[Any] = ()
    #: ``SyncedKind`` rows.
    kinds: Callable[[House], Iterable[Any]] = lambda _house: ()
    #: What it raises: the only events that its services write to the journal.
    events: tuple[type[Event], ...] = ()
    #: The jobs it has, with the events that make them.
    handlers: Callable[[House], Iterable[Handler[Any]]] = lambda _house: ()
    #: Puts down what a new database must hold; runs at every start, lower floors first.
    start: Callable[[House], Awaitable[object]] = _nothing
    #: Lets go of processes and connections, upper floors first.
    close: Callable[[House], object] = lambda _house: None
