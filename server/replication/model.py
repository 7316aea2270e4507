"""What a domain hands in to have its records synced, and who writes."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec
import sqlalchemy as sa

from mobile_contract.base import Wire
from mobile_contract.identity import Role
from mobile_contract.ids import person_scope
from mobile_contract.media import FileReceipt
from mobile_contract.sync import Cursor
from mobile_contract.values import Values
from server.identity import WORKER, Caller, Quarantine, SystemPerson
from sync.policy import KindPolicy
from sync.state import Derivation, Record
from sync.typed import Annotation


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A record that a push is about to write, what it was before (None: new), and who wrote it.

    ``at`` is when it came (RFC 3339); ``written_at`` when it was written, by its device's corrected clock, or None;
    ``offset_ms`` by how much that clock was behind the server's at the exchange that brought it.
    ``files`` are the receipts of the files it cites. ``replica`` brought it; ``online`` is when that had handed in all
    it had before this, and ``previous`` when it wrote what it wrote before this, by its corrected clock.
    """

    record: Record
    before: Record | None
    person: str
    at: str
    written_at: datetime | None = None
    offset_ms: int = 0
    replica: str = ""
    online: datetime | None = None
    previous: datetime | None = None
    files: tuple[FileReceipt, ...] = ()


#: Finds the computed fields of a record from its values (its form, say); None where there are none.
Derive = Callable[[sa.Connection, Values], Derivation | None]

#: Writes a kind's own projection inside the push, for all its records at once, and gives by record id the server
#: values that follow from it.
Project = Callable[[sa.Connection, Sequence[Written]], Mapping[str, Annotation]]


#: Names the id that a new record with these values must have in this scope: that of its natural key. None: any id.
Natural = Callable[[sa.Connection, str, Values], str | None]

#: Names the digests of the files that a record needs, beside any text; None: it needs none, whatever it was before.
Cites = Callable[[sa.Connection, Record], Iterable[str] | None]

#: Drops what a projection keeps about deleted records, by id, in the transaction in which the feed forgets them.
Forget = Callable[[sa.Connection, Sequence[str]], object]

#: Looks up the scopes a person holds now, with their roles in each: authority is judged on arrival.
RolesOf = Callable[[sa.Connection, str], Mapping[str, frozenset[str]]]

#: Looks up whether a person ever had anything to do with a scope: else the op that names it is a stranger's.
Known = Callable[[sa.Connection, str, str], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class SyncedKind:
    """One kind of record: its policy, its types, and what runs inside the push for it, and when it is forgotten.

    ``values`` is the type of what ops set, ``server`` of what the server says. They are for reading and checking alone:
    what is stored is never encoded from them, so that members unknown here stay. A kind whose ``server`` has ``files``
    shows the receipts of the files it cites.
    """

    policy: KindPolicy
    values: type[Wire] | None = None
    server: type[Wire] | None = None
    natural: Natural | None = None
    derive: Derive | None = None
    project: Project | None = None
    forget: Forget | None = None
    cites: Cites | None = None

    @property
    def shows_files(self) -> bool:
        """Whether its records carry the receipts of their files."""
        return self.server is not None and "files" in self.server.__struct_fields__


class Files(Protocol):
    """Keeps which record needs which files, and knows what has come of them."""

    def cite(self, tx: sa.Connection, scope: str, record_id: str, shas: Iterable[object], person: str) -> None:
        """Make ``shas`` the files that a record needs, as ``person`` wrote it."""

    def receipts(self, tx: sa.Connection, scope: str, record_id: str) -> tuple[FileReceipt, ...]:
        """Return one line per file that a record in ``scope`` needs."""

    def uncite(self, tx: sa.Connection, records: Sequence[str]) -> None:
        """Drop what records needed, by their ids: they are forgotten."""

    def citing(self, tx: sa.Connection, sha256: str, scope: str | None = None) -> list[tuple[str, str]]:
        """Return (scope, record) of all that need a file and may have it, or only of those in ``scope``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who writes: a person under one of their replicas. ``roles`` None: looked up when the ops arrive, as they must be.

    Machines – a worker, the form library – bring roles of their own for the scopes they write. ``admin``: administers
    the system, which opens what is parked to them and no record.
    """

    person: str
    replica: str
    roles: Mapping[str, frozenset[str]] | None = None
    admin: bool = False

    @property
    def own_scope(self) -> str:
        """The scope that is this person's alone."""
        return person_scope(self.person)


def as_program(scope: str, by: SystemPerson | Caller = WORKER, roles: Collection[str] = ()) -> Actor:
    """Return who writes with the program's own role in a scope, beside ``roles``: the program, or who has it done."""
    return Actor(person=by.person, replica=by.replica, roles={scope: frozenset({*roles, Role.SYSTEM})})


class PushContext(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds a push: how far its replica had read (in which history), its clock, and what must not be tried.

    ``refused`` names ops that the database would not take; ``extra_scopes`` are locked too; ``skip_waiting``: leave
    parked ops that wait for these records parked. ``device``: it is revoked, and what it hands in is counted.
    ``ours``: the program itself made the ops, which may make records under ids that it derives. ``weight``: bytes of
    values after which the transaction ends, and the rest of the ops is for the next one; None: it takes all.
    """

    cursor: Cursor = Cursor()
    clock: str = ""
    refused: Mapping[str, str] | None = None
    extra_scopes: frozenset[str] = frozenset()
    skip_waiting: bool = False
    device: Quarantine | None = None
    weight: int | None = None
    ours: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """What an operator can turn: the wake-up channel, how much one replica may ask for, one person have parked.

    ``heartbeat_seconds`` between two signs of life of a silent connection, ``recheck_seconds`` after which the
    listener's authority is judged anew, ``poll_seconds`` between two looks at what other processes committed.
    ``exchanges_at_once`` and ``exchanges_per_minute`` are for one replica in one process. ``parked_ops`` and
    ``parked_bytes`` of one person may wait at a time. ``push_bytes`` are written before others have their turn.
    """

    heartbeat_seconds: float = 15
    recheck_seconds: float = 60
    poll_seconds: float = 2
    wakes_per_person: int = 8
    wakes: int = 5000
    exchanges_at_once: int = 4
    exchanges_per_minute: int = 1200
    parked_ops: int = 10_000
    parked_bytes: int = 67_108_864
    push_bytes: int = 1_048_576
