"""The synced kinds of reference: written by the program alone, read by every phone of a project."""

from typing import Final

from msgspec import UNSET, UnsetType

from mobile_contract.forms import FormDefinition, FormServer
from mobile_contract.identity import Role
from mobile_contract.projects import Vocabulary
from mobile_contract.records import Kind, VocabularyServer
from server.replication import Annotation, SyncedKind
from sync.policy import KindPolicy

_PROGRAM: Final = frozenset({Role.SYSTEM})

FORM: Final = KindPolicy(kind=Kind.FORM, writers=_PROGRAM, containers=frozenset())
VOCABULARY: Final = KindPolicy(kind=Kind.VOCABULARY, writers=_PROGRAM, containers=frozenset())


class FormAnnotation(Annotation, frozen=True, kw_only=True):
    """What is set of a form: since when no new report is begun on it."""

    of = (FormServer,)

    retired_at: str | UnsetType = UNSET


KINDS: Final = (
    SyncedKind(policy=FORM, values=FormDefinition, server=FormServer),
    SyncedKind(policy=VOCABULARY, values=Vocabulary, server=VocabularyServer),
)
