"""The one door for synced values: the exchange with phones, and ``apply`` and ``annotate`` for all others."""

from server.replication.derived import form_named_by
from server.replication.domain import DOMAIN
from server.replication.events import ParkedApplied, RecordMoved
from server.replication.following import changed, floor_of, records_of, standing
from server.replication.horizon import Horizon
from server.replication.model import Actor, SyncedKind, Tuning, Written, as_program
from server.replication.routes import ROUTES
from server.replication.service import Replication
from server.replication.tables import records, replicas
from server.replication.undecided import digests
from sync.typed import Annotation, server_of, values_of

__all__ = [
    "DOMAIN",
    "ROUTES",
    "Actor",
    "Annotation",
    "Horizon",
    "ParkedApplied",
    "RecordMoved",
    "Replication",
    "SyncedKind",
    "Tuning",
    "Written",
    "as_program",
    "changed",
    "digests",
    "floor_of",
    "form_named_by",
    "records",
    "records_of",
    "replicas",
    "server_of",
    "standing",
    "values_of",
]
