"""The policies of scans and extractions, what the server sets of them, and the states they go through."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from msgspec import UNSET, UnsetType

from mobile_contract.extractions import Correction, ExtractionServer, ExtractionValues
from mobile_contract.forms import Field, FormDefinition, Repeat, fields_of, repeats_of
from mobile_contract.identity import Role
from mobile_contract.ids import is_id, natural_id, record_id, row_id
from mobile_contract.media import FileReceipt
from mobile_contract.problems import Refused
from mobile_contract.records import Kind, Late, ReportServer, ScanRejection, ScanServer, ScanValues
from mobile_contract.scans import DuplicateState
from mobile_contract.states import ExtractionState, ScanState, Table
from mobile_contract.values import Values
from server.identity import FIELD_ROLES
from server.replication import Annotation, server_of
from sync.policy import KindPolicy
from sync.state import Record

#: All who may file a report may also photograph one; only a clerk confirms.
SCAN: Final = KindPolicy(kind=Kind.SCAN, writers=FIELD_ROLES, append_only=True, containers=frozenset())
#: A machine writes it once; the server itself writes its end. No phone sends ops for it.
EXTRACTION: Final = KindPolicy(kind=Kind.EXTRACTION, writers=frozenset({Role.SYSTEM}), containers=frozenset())


#: Returns the lists of a scope's project that a reading may snap to, by the names forms use (``people``).
Lists = Callable[[sa.Connection, str], Mapping[str, tuple[str, ...]]]


def no_lists(_tx: sa.Connection, _scope: str) -> Mapping[str, tuple[str, ...]]:
    """Return no lists: nothing snaps to anything."""
    return {}


class ScanAnnotation(Annotation, frozen=True, kw_only=True):
    """What this room sets of ``ScanServer``."""

    of = (ScanServer,)

    state: ScanState | UnsetType = UNSET
    by: str | UnsetType = UNSET
    files: tuple[FileReceipt, ...] | UnsetType = UNSET
    extraction: str | UnsetType = UNSET
    problem: str | UnsetType | None = UNSET
    pages: int | UnsetType | None = UNSET
    pages_read: int | UnsetType | None = UNSET
    counts: tuple[int, ...] | UnsetType = UNSET
    into: tuple[str, ...] | UnsetType = UNSET
    rejected: ScanRejection | UnsetType = UNSET


class ExtractionAnnotation(Annotation, frozen=True, kw_only=True):
    """What this room sets of ``ExtractionServer``."""

    of = (ExtractionServer,)

    decided_by: str | UnsetType = UNSET
    decided_at: str | UnsetType = UNSET
    duplicates: tuple[str, ...] | UnsetType | None = UNSET
    corrections: dict[str, Correction] | UnsetType | None = UNSET


class FiledAnnotation(Annotation, frozen=True, kw_only=True):
    """What this room sets of the report that is filed from paper."""

    of = (ReportServer,)

    source: str
    extraction: str
    late: Late | None


class ScanAct(StrEnum):
    """What happens to a scan: its last page arrives, it is read or cannot be, a clerk has it read again.

    Or a clerk arranges its pages into other scans, or rejects it.
    """

    ARRIVE = "arrive"
    READ = "read"
    FAIL = "fail"
    READ_AGAIN = "readAgain"
    ARRANGE = "arrange"
    REJECT = "reject"


#: A job is delivered at least once: one that comes again after its scan failed reads it after all.
SCANS: Final = Table[ScanState, ScanAct](
    name="scan",
    starts=(ScanState.WAITING, ScanState.QUEUED),
    rows={
        ScanState.WAITING: {ScanAct.ARRIVE: ScanState.QUEUED, ScanAct.REJECT: ScanState.REJECTED},
        ScanState.QUEUED: {
            ScanAct.READ: ScanState.READ,
            ScanAct.FAIL: ScanState.FAILED,
            ScanAct.REJECT: ScanState.REJECTED,
        },
        ScanState.FAILED: {
            ScanAct.READ_AGAIN: ScanState.QUEUED,
            ScanAct.READ: ScanState.READ,
            ScanAct.FAIL: ScanState.FAILED,
            ScanAct.ARRANGE: ScanState.ARRANGED,
            ScanAct.REJECT: ScanState.REJECTED,
        },
        ScanState.READ: {ScanAct.ARRANGE: ScanState.ARRANGED, ScanAct.REJECT: ScanState.REJECTED},
        ScanState.ARRANGED: {},
        ScanState.REJECTED: {},
    },
    illegal="scans.not_failed",
)


def scan_state(record: Record) -> ScanState:
    """Return how far a scan has come."""
    return server_of(record, ScanServer).state


class ExtractionAct(StrEnum):
    """What a clerk does with an extraction."""

    CONFIRM = "confirm"
    DISCARD = "discard"


#: Deciding the same again changes nothing; nothing leads back.
EXTRACTIONS: Final = Table[ExtractionState, ExtractionAct](
    name="extraction",
    starts=(ExtractionState.PROPOSED,),
    rows={
        ExtractionState.PROPOSED: {
            ExtractionAct.CONFIRM: ExtractionState.CONFIRMED,
            ExtractionAct.DISCARD: ExtractionState.DISCARDED,
        },
        ExtractionState.CONFIRMED: {ExtractionAct.CONFIRM: ExtractionState.CONFIRMED},
        ExtractionState.DISCARDED: {ExtractionAct.DISCARD: ExtractionState.DISCARDED},
    },
    illegal="scans.decided",
)


class PairAct(StrEnum):
    """What happens to a pair: a clerk merges the two, keeps both, or discards the newer extraction."""

    MERGE = "merge"
    KEEP = "keep"
    DISCARD = "discard"


PAIRS: Final = Table[DuplicateState, PairAct](
    name="duplicate",
    starts=(DuplicateState.OPEN,),
    rows={
        DuplicateState.OPEN: {
            PairAct.MERGE: DuplicateState.MERGED,
            PairAct.KEEP: DuplicateState.KEPT,
            PairAct.DISCARD: DuplicateState.MOOT,
        },
        DuplicateState.MERGED: {},
        DuplicateState.KEPT: {},
        DuplicateState.MOOT: {},
    },
    illegal="scans.pair_decided",
)


def year_of(scan: ScanValues) -> int | None:
    """Return the year a scan was captured in, for dates that are written without one; None if it is not readable."""
    try:
        return datetime.fromisoformat(scan.captured.at).year
    except ValueError:
        return None


def extraction_id(scan: str) -> str:
    """Return the id of the one extraction of a scan, so that reading it twice makes no second one."""
    return natural_id("extraction", scan)


def report_fields(form: FormDefinition, proposed: ExtractionValues, corrections: Mapping[str, Any]) -> Values:
    """Return proposals overlaid by corrections: flat by name, a table as ``{ordinal: {name: value}}``.

    Raises ``request.invalid`` for a correction of what is not a field of the form, or is computed.
    """
    chosen = {field.path: field.value for field in proposed.fields} | dict(corrections)
    single = {field.name: field for field in fields_of(form)}
    tables = {repeat.name: {field.name: field for field in repeat.fields} for repeat in repeats_of(form)}
    fields: Values = {}
    for path, value in chosen.items():
        parts = path.split("/")
        asked: Field | None = None
        if len(parts) == 2:
            asked = single.get(parts[1])
        elif len(parts) == 4 and parts[2].isascii() and parts[2].isdigit() and len(parts[2]) <= 3:
            asked = tables.get(parts[1], {}).get(parts[3])
        if parts[0] != "fields" or asked is None or asked.computed is not None:
            raise Refused("request.invalid", reason=path[:200])
        if value is None:
            continue
        if len(parts) == 2:
            fields[asked.name] = value
        else:
            fields.setdefault(parts[1], {}).setdefault(parts[2], {})[asked.name] = value
    return fields


def report_id(form: FormDefinition, scope: str, extraction: str, fields: Values) -> str:
    """Return the report's id: of its natural key where the form has one, else of the extraction it comes from."""
    key = [fields.get(name) for name in form.unique_by]
    if key and all(value is not None for value in key):
        return record_id(Kind.REPORT, scope, form.id, *map(str, key))
    return natural_id("report", extraction)


def with_row_ids(form: FormDefinition, report: str, fields: Values) -> Values:
    """Return ``fields`` with rows by id: of their natural key where the table has one, else of their ordinal."""
    tables = {repeat.name: repeat for repeat in repeats_of(form)}
    return {
        name: {_row_id(tables[name], report, ordinal, row): row for ordinal, row in value.items()}
        if name in tables
        else value
        for name, value in fields.items()
    }


def paths_filed(form: FormDefinition, report: str, fields: Values) -> dict[str, str]:
    """Return by the path of each cell on paper, with its row's ordinal, its path in the report, with the row's id."""
    filed = with_row_ids(form, report, fields)
    return {
        f"fields/{table.name}/{ordinal}/{column}": f"fields/{table.name}/{row}/{column}"
        for table in repeats_of(form)
        if table.name in fields
        for ordinal, row in zip(fields[table.name], filed[table.name], strict=True)
        for column in fields[table.name][ordinal]
    }


def _row_id(repeat: Repeat, report: str, ordinal: str, row: Values) -> str:
    if is_id(ordinal):
        return ordinal
    key = [row.get(name) for name in repeat.row_key]
    if key and all(value is not None for value in key):
        return row_id(report, repeat.name, *map(str, key))
    return row_id(report, repeat.name, ordinal)
