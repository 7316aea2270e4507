"""Events and jobs: each is a struct in the row of one domain; what the journal keeps of one is the same for good."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mobile_contract.projects import ChangeProject, ChangeSection, NewFence
from mobile_contract.records import Kind
from mobile_contract.states import ParkedOpState
from mobile_contract.sync import Create
from mobile_contract.takeaways import NewTakeaway, TakeawayKind
from server.app import DOMAINS, Program
from server.evidence import events as evidence
from server.forms import events as forms
from server.identity import events as identity
from server.insight import events as insight
from server.jobs import Handler, Job, Task
from server.jobs.events import JobDismissed, JobRetried
from server.kernel import files
from server.kernel.domain import Domain
from server.kernel.events import Event, OpReceived, Received, to_args
from server.kernel.handling import does
from server.kernel.settings import Settings
from server.projects import events as projects
from server.replication import events as replication
from server.scans import events as scans
from server.uploads import events as uploads
from tests.architecture._reader import Modules, read, read_project

BY: dict[str, Any] = {"actor": "zhou", "subject": "s"}
PHONE: dict[str, Any] = BY | {"device": "d", "replica": "r"}
PARKED: dict[str, Any] = BY | {"state": ParkedOpState.APPLIED, "code": "op.applied", "author": "chen", "op_id": "o"}
PAIR: dict[str, Any] = BY | {"extraction": "e", "other": "f", "reason": "同一张", "choices": {"fields/a": "paper"}}
FLAG: dict[str, Any] = BY | {"code": "c", "record": "p", "other": None, "was": "open", "reason": "看过"}
SAID: dict[str, Any] = {"fit": None, "engine": "e", "thresholds": {"text": 900}, "audit_percent": 5}
PARKED_TEXT = '{"state":"applied","code":"op.applied","author":"chen","opId":"o"'
PAIR_TEXT = '{"extraction":"e","other":"f","reason":"同一张","choices":{"fields/a":"paper"}}'
FLAG_TEXT = '{"code":"c","record":"p","other":null,"was":"open","reason":"看过"}'
OP: dict[str, Any] = {"replica": "r", "op_id": "o", "n": 7, "body_hash": "h", "receipt": b'{"n":7}'}

#: Each event, how the journal has called it since it is kept, and the text whose hash stands in its leaf.
KEPT: tuple[tuple[Event, str, str], ...] = (
    (identity.PersonCreated(**BY, login="zhou"), "identity.person_created", '{"login":"zhou"}'),
    (identity.Granted(**BY, role="clerk", scope="x"), "identity.granted", '{"role":"clerk","scope":"x"}'),
    (identity.Revoked(**BY, role="clerk", scope="x"), "identity.revoked", '{"role":"clerk","scope":"x"}'),
    (identity.LoginFailed(**BY, failures=3), "identity.login_failed", '{"failures":3}'),
    (identity.LoggedIn(**BY), "identity.logged_in", "{}"),
    (identity.LoggedOut(**BY), "identity.logged_out", "{}"),
    (identity.EnrolmentOpened(**BY), "identity.enrolment_opened", "{}"),
    (identity.EnrolmentRefused(**BY, replica="r"), "identity.enrolment_refused", '{"replica":"r"}'),
    (identity.Enrolled(**PHONE), "identity.enrolled", '{"device":"d","replica":"r"}'),
    (identity.PasswordChanged(**BY, totp_dropped=True), "identity.password_changed", '{"totp_dropped":true}'),
    (identity.TotpEnabled(**BY), "identity.totp_enabled", "{}"),
    (identity.DeviceRevoked(**PHONE), "identity.device_revoked", '{"device":"d","replica":"r"}'),
    (identity.DeviceLost(**PHONE), "identity.device_lost", '{"device":"d","replica":"r"}'),
    (identity.WipeTold(**PHONE, lost=False), "identity.wipe_told", '{"device":"d","replica":"r","lost":false}'),
    (JobRetried(**BY, kind="uploads.verify"), "jobs.retried", '{"kind":"uploads.verify"}'),
    (projects.ProjectCreated(**BY, code="1"), "project.created", '{"code":"1"}'),
    (projects.SectionCreated(**BY, code="1"), "section.created", '{"code":"1"}'),
    (
        projects.FenceDrawn(**BY, version=2, drawn=NewFence(lat=1, lon=2, radius_cm=500)),
        "fence.drawn",
        '{"version":2,"drawn":{"lat":1,"lon":2,"radiusCm":500}}',
    ),
    (forms.FormDrafted(**BY, sha256="0a"), "form.drafted", '{"sha256":"0a"}'),
    (
        forms.FormPublished(**BY, form="daily_log", version=2, sha256="0a"),
        "form.published",
        '{"form":"daily_log","version":2,"sha256":"0a"}',
    ),
    (forms.FormRetired(**BY, form="daily_log", version=2), "form.retired", '{"form":"daily_log","version":2}'),
    (uploads.BlobStored(**BY, size=1, media_type="a/b"), "blob.stored", '{"size":1,"mediaType":"a/b"}'),
    (uploads.BlobExamined(**BY), "blob.examined", "{}"),
    (files.BlobArrived(**BY, scope="x"), "blob.arrived", '{"scope":"x"}'),
    (files.BlobLost(**BY, scope="x"), "blob.lost", '{"scope":"x"}'),
    (uploads.BlobRemoved(**BY), "blob.removed", "{}"),
    (OpReceived(**BY, kind="photo", verb="create", op=b'{"n": 7}', **OP), "photo.create", '{"n": 7}'),
    (
        replication.ParkedApplied(**BY, op='{"n":7}', op_id="o", replica="r", result="op.applied"),
        "parked.applied",
        '{"op":"{\\"n\\":7}","opId":"o","replica":"r","result":"op.applied"}',
    ),
    (replication.ParkedRetried(**PARKED), "parked.retried", PARKED_TEXT + "}"),
    (replication.ParkedCorrected(**PARKED, reason="错字"), "parked.corrected", PARKED_TEXT + ',"reason":"错字"}'),
    (replication.ParkedDiscarded(**PARKED, reason="错字"), "parked.discarded", PARKED_TEXT + ',"reason":"错字"}'),
    (replication.RecordLeft(**BY, to="x"), "record.left", '{"to":"x"}'),
    (replication.RecordMoved(**BY, origin="x"), "record.moved", '{"from":"x"}'),
    (
        replication.RecordAnnotated(**BY, kind="report", changes={"b": None, "a": {"z": 1}}),
        "record.annotated",
        '{"kind":"report","set":{"b":null,"a":{"z":1}}}',
    ),
    (replication.RecordRestored(**BY, reason="误删"), "record.restored", '{"reason":"误删"}'),
    (replication.DatabaseRestored(**BY), "database.restored", "{}"),
    (replication.FeedPurged(**BY, floor=9, records=2), "feed.purged", '{"floor":9,"records":2}'),
    (
        scans.ExtractionAccepted(**BY, **SAID, accepted=["a"], audit=[]),
        "extraction.accepted",
        '{"fit":null,"engine":"e","thresholds":{"text":900},"auditPercent":5,"accepted":["a"],"audit":[]}',
    ),
    (scans.ThresholdSet(**BY, was=None, threshold=900), "ocr.threshold_set", '{"was":null,"threshold":900}'),
    (scans.FitTaken(**BY, was="v1"), "ocr.fit_taken", '{"was":"v1"}'),
    (
        scans.DuplicateFound(**BY, extraction="e", other="f", reasons=["sameKey"]),
        "duplicate.found",
        '{"extraction":"e","other":"f","reasons":["sameKey"]}',
    ),
    (scans.DuplicateKept(**PAIR), "duplicate.kept", PAIR_TEXT),
    (scans.DuplicateMerged(**PAIR), "duplicate.merged", PAIR_TEXT),
    (evidence.EvidenceDismissed(**FLAG), "evidence.dismissed", FLAG_TEXT),
    (evidence.EvidenceConfirmed(**FLAG), "evidence.confirmed", FLAG_TEXT),
    (evidence.EvidenceReopened(**FLAG), "evidence.reopened", FLAG_TEXT),
    (
        identity.PersonChanged(**BY, called="周敏", login="zhou", disabled=True),
        "identity.person_changed",
        '{"called":"周敏","login":"zhou","disabled":true}',
    ),
    (projects.ProjectChanged(**BY, changes=ChangeProject(name="改名")), "project.changed", '{"set":{"name":"改名"}}'),
    (
        projects.SectionChanged(**BY, changes=ChangeSection(name="二标段")),
        "section.changed",
        '{"set":{"name":"二标段"}}',
    ),
    (JobDismissed(**BY, kind="scans.read", reason="看过"), "jobs.dismissed", '{"kind":"scans.read","reason":"看过"}'),
    (replication.ParkedReopened(**PARKED), "parked.reopened", PARKED_TEXT + "}"),
    (scans.ScanTakenOver(**BY, was="wangli", reason="请假"), "scan.taken_over", '{"was":"wangli","reason":"请假"}'),
    (
        insight.TakeawayAsked(**BY, asked=NewTakeaway(kind=TakeawayKind.REPORT_PDF, record="r", language="en")),
        "takeaway.asked",
        '{"asked":{"kind":"reportPdf","record":"r","language":"en"}}',
    ),
    (insight.TakeawayFetched(**BY, sha256="0a"), "takeaway.fetched", '{"sha256":"0a"}'),
    (insight.SummaryMade(**BY, scope="x", digest="0b"), "summary.made", '{"scope":"x","digest":"0b"}'),
)

#: Arguments of jobs as they may still wait in a table that an earlier version wrote, by kind of job.
WAITING = {
    "evidence.captured": '{"event":"photo.create","stream":"x","actor":"a","subject":"s","payload":{}}',
    "evidence.examined": '{"event":"blob.examined","stream":"x","actor":"a","subject":"s","payload":{}}',
    "insight.expire": "{}",
    "insight.takeaway": '{"takeaway":"t"}',
    "replication.form_published": '{"event":"form.published","stream":"system","actor":"a","subject":"f",'
    '"payload":{"form":"f","version":2,"sha256":"0a"}}',
    "replication.granted": '{"event":"identity.granted","stream":"person:a","actor":"a","subject":"s",'
    '"payload":{"role":"clerk","scope":"x"}}',
    "replication.purge": "{}",
    "reports.blob_arrived": '{"event":"blob.lost","stream":"x","actor":"a","subject":"s","payload":{"scope":"x"}}',
    "reports.blob_examined": '{"event":"blob.examined","stream":"x","actor":"a","subject":"s","payload":{}}',
    "reports.form_published": '{"event":"form.retired","stream":"system","actor":"a","subject":"f",'
    '"payload":{"form":"f","version":2}}',
    "reports.photo_written": '{"event":"parked.applied","stream":"x","actor":"a","subject":"s",'
    '"payload":{"opId":"o","replica":"r","result":"op.applied"}}',
    "reports.project_created": '{"event":"project.created","stream":"x","actor":"a","subject":"s",'
    '"payload":{"code":"1"}}',
    "reports.watermark": '{"record":"p"}',
    "scans.blob_arrived": '{"event":"blob.arrived","stream":"x","actor":"a","subject":"s","payload":{"scope":"x"}}',
    "scans.read": '{"scan":"s"}',
    "uploads.examine": '{"event":"blob.stored","stream":"person:a","actor":"a","subject":"s",'
    '"payload":{"size":1,"mediaType":"a/b"}}',
    "uploads.sweep": "{}",
    "uploads.upkeep": '{"step":"mark","after":"0a","epoch":"e"}',
    "uploads.verify": '{"upload":"u"}',
}


def below(struct: type[Any]) -> Iterator[type[Any]]:
    for each in struct.__subclasses__():
        yield each
        yield from below(each)


def shipped(base: type[Any], mark: str) -> set[type[Any]]:
    """Return the structs of the server that are one event, or one kind of job: those that have a name."""
    return {each for each in below(base) if each.__module__.startswith("server.") and hasattr(each, mark)}


def not_raised(modules: Modules, domains: Iterable[Domain]) -> list[str]:
    """Name the events that the services of the domain that declares them never name, beside handling them."""
    return [
        f"{domain.name} declares {event.__name__} and never raises it"
        for domain in domains
        for event in domain.events
        if not any(
            event.__name__ in _named(module.nodes)
            for name, module in modules.items()
            if name.startswith(f"server.{domain.name}.") and not name.endswith((".events", ".domain"))
        )
    ]


def _named(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that a module uses, but not those in a handler's row or in the type of a job."""
    nodes = list(nodes)
    handled = [
        node
        for node in nodes
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Handler")
        or (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Job")
    ]
    beside = {id(name) for node in handled for name in ast.walk(node)}
    return {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in beside}


@pytest.fixture
def handlers(tmp_path: Path) -> tuple[Handler[Any], ...]:
    return Program(Settings(data_dir=str(tmp_path))).handlers


@pytest.mark.parametrize(("event", "name", "text"), KEPT, ids=[name for _, name, _ in KEPT])
def test_what_the_journal_keeps_of_an_event_is_what_it_always_was(event: Event, name: str, text: str) -> None:
    assert (event.title(), event.text()) == (name, text)


def test_every_event_is_declared_in_the_row_of_one_domain_and_kept_as_above() -> None:
    declared = [event for domain in DOMAINS for event in domain.events]
    assert len(declared) == len(set(declared))
    assert set(declared) == shipped(Event, "name") | {OpReceived} == {type(event) for event, _, _ in KEPT}


def test_every_event_is_raised_by_the_domain_that_declares_it() -> None:
    assert not_raised(read_project(), DOMAINS) == []


def test_an_event_that_is_handled_and_never_raised_is_named() -> None:
    handled = "def f(job: Job[BlobExamined]) -> None: ...\nx = Handler(args=BlobExamined, on=(BlobExamined,), run=f)"
    planted = Domain(name="weather", events=(uploads.BlobExamined,))
    assert not_raised(read({"server/weather/service.py": handled}), [planted]) == [
        "weather declares BlobExamined and never raises it"
    ]
    raised = f"{handled}\njournal.record(tx, stream, BlobExamined(actor='a', subject='b'), at)"
    assert not_raised(read({"server/weather/service.py": raised}), [planted]) == []


def test_every_kind_of_job_has_a_handler_and_its_waiting_arguments_are_still_read(
    handlers: tuple[Handler[Any], ...],
) -> None:
    assert sorted(handler.kind for handler in handlers) == sorted(WAITING)
    assert shipped(Task, "kind") <= {handler.args for handler in handlers}
    assert max(len(kind) for kind in WAITING) <= 64


@pytest.mark.anyio
@pytest.mark.parametrize("kind", WAITING)
async def test_arguments_that_wait_are_read_as_what_the_handler_takes(
    kind: str, handlers: tuple[Handler[Any], ...]
) -> None:
    (handler,) = [handler for handler in handlers if handler.kind == kind]
    seen: list[Job[Any]] = []

    async def see(job: Job[Any]) -> None:
        seen.append(job)

    seeing = msgspec.json.decode(WAITING[kind])
    job = Job[dict[str, Any]](id="j", kind=kind, args=seeing, attempt=2, max_attempts=5, token="t")
    await Handler(kind=kind, args=handler.args, on=handler.on, run=see)(job)
    assert [(type(job.args), job.attempt) for job in seen] == [(handler.args, 2)]
    if isinstance(seen[0].args, Task):
        assert msgspec.to_builtins(seen[0].args) == seeing


async def _nothing(_job: Job[Any]) -> None:
    return


@pytest.mark.anyio
async def test_every_event_that_makes_a_job_is_read_from_its_arguments(handlers: tuple[Handler[Any], ...]) -> None:
    kept = {type(event): event for event, _, _ in KEPT}
    for handler in handlers:
        for waited in handler.on:
            args = to_args(kept[OpReceived if isinstance(waited, Received) else waited], "section:x")
            assert "op" not in args["payload"]
            job = Job[dict[str, Any]](id="j", kind=handler.kind, args=args, attempt=1, max_attempts=5, token="t")
            await Handler(kind=handler.kind, args=handler.args, run=_nothing)(job)


@pytest.mark.anyio
async def test_arguments_of_another_job_are_not_taken(handlers: tuple[Handler[Any], ...]) -> None:
    job = Job[dict[str, Any]](id="j", kind="scans.read", args={"scam": "s"}, attempt=1, max_attempts=5, token="t")
    (handler,) = [handler for handler in handlers if handler.kind == "scans.read"]
    with pytest.raises(msgspec.ValidationError, match="scan"):
        await handler(job)


class Rainy(Event, frozen=True, kw_only=True):
    """Raised by no domain."""

    name = "weather.rainy"


class Sweep(Task, frozen=True, kw_only=True):
    """Named as another kind of job is."""

    kind = "uploads.sweep"


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        (
            Handler(kind="weather.tell", args=Rainy, on=(Rainy,), run=_nothing),
            "weather.tell waits for Rainy, which no domain raises",
        ),
        (does(Sweep, _nothing), "two handlers have uploads.sweep"),
    ],
)
def test_a_handler_that_can_never_run_is_refused_when_the_program_is_built(
    tmp_path: Path, handler: Handler[Any], said: str
) -> None:
    planted = Domain(name="weather", handlers=lambda _house: [handler])
    with pytest.raises(ValueError, match=said):
        Program(Settings(data_dir=str(tmp_path)), domains=(*DOMAINS, planted))


def test_an_op_is_waited_for_by_the_types_that_name_it() -> None:
    assert Received(Create, Kind.PHOTO).name == "photo.create"
    assert Received(Create, Kind.CHECK_IN).name == "checkIn.create"
