"""What each write of the API needs besides its example, by the name of its operation."""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mobile_contract.examples import (
    CANDIDATE,
    CODE,
    DIGEST,
    EPOCH,
    LOG,
    PERSON,
    PHOTO,
    REPLICA,
    SCAN,
    SECTION,
    SEQ,
    TOTP,
)
from server.kernel.clock import new_id
from tests.server.integrator import PASSWORD, TUS, Integrator
from tests.server.uploads.house import sha256
from tests.support import people

BYTES: Final = TUS | {"Content-Type": "application/offset+octet-stream"}
FORM: Final = """
| settings |
| | form_id | form_title | default_language |
| | {name} | 巡查 | 中文 (zh-CN) |

| survey |
| | type | name | label::中文 (zh-CN) |
| | text | note | 说明 |
"""


@dataclass
class Asked:
    """What a write needs besides its example.

    ``by``: a token. ``path``: what stands in its address. ``swap``: what replaces what in the example. ``content`` and
    ``headers`` of a body that is no JSON, which has no example.
    """

    by: str = ""
    path: dict[str, str] = field(default_factory=dict)
    swap: dict[Any, Any] = field(default_factory=dict)
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Prepare = Callable[[Integrator], Awaitable[Asked]]
PREPARED: Final[dict[str, Prepare]] = {}


def before(operation: str) -> Callable[[Prepare], Prepare]:
    """Register what prepares an operation."""

    def register(prepare: Prepare) -> Prepare:
        PREPARED[operation] = prepare
        return prepare

    return register


# -- people and devices -----------------------------------------------------------------------------------------------


@before("identity_login")
async def _(site: Integrator) -> Asked:
    return Asked(swap={"zhou.min": await site.person()})


@before("identity_logout")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens[await site.person()])


@before("identity_open_enrolment")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin, swap={PERSON: site.people["chen"]})


@before("identity_enrol")
async def _(site: Integrator) -> Asked:
    code = (await site.call("POST", "/v1/enrolments", site.tokens["chen"], {}))["code"]
    return Asked(swap={CODE: code, REPLICA: new_id()})


@before("identity_change_password")
@before("identity_begin_totp")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens[await site.person()])


@before("identity_prove_totp")
async def _(site: Integrator) -> Asked:
    login = await site.person()
    setup = await site.call("POST", "/v1/me/totp", site.tokens[login], {"password": PASSWORD})
    code = people.totp(setup["secret"], site.program.clock.now().timestamp())
    return Asked(by=site.tokens[login], swap={TOTP: code})


@before("identity_create_person")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin)


@before("identity_reset_password")
@before("identity_change_person")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin, path={"person": site.people[await site.person()]})


@before("identity_grant")
async def _(site: Integrator) -> Asked:
    person = site.people[await site.person()]
    return Asked(by=site.admin, path={"person": person, "role": "clerk", "place": site.scope})


@before("identity_report_lost")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens["chen"], path={"device": (await site.enrol("chen"))["device"]})


# -- projects ---------------------------------------------------------------------------------------------------------


@before("insight_ask_takeaway")
@before("insight_make_summary")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens["chen"], swap={SECTION: site.scope})


@before("projects_create_project")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin)


@before("projects_create_section")
@before("projects_draw_project_fence")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin, path={"project": site.project})


@before("projects_change_project")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin, path={"project": site.project})


@before("projects_change_section")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin, path={"section": site.scope.removeprefix("section:")})


@before("projects_draw_section_fence")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens["liwei"], path={"section": site.scope.removeprefix("section:")})


@before("reference_keep_vocabulary")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin, path={"project": site.project, "name": "materials"})


# -- records and parked ops -------------------------------------------------------------------------------------------


@before("replication_exchange")
async def _(site: Integrator) -> Asked:
    log, phone = await site.log(), await site.enrol("zhou")
    await site.call("PUT", f"/v1/persons/{site.people['zhou']}/grants/contractor/{site.scope}", site.admin)
    page = await site.call("POST", "/v1/sync", phone["token"], {"clock": "2026-11-18T08:00:00+08:00"})
    seen = page["cursor"]
    swap = {SECTION: site.scope, LOG: log, EPOCH: seen["epoch"], SEQ: seen["seqs"][site.scope]}
    return Asked(by=phone["token"], swap=swap)


@before("replication_buckets")
async def _(site: Integrator) -> Asked:
    return Asked(by=(await site.enrol("chen"))["token"], swap={SECTION: site.scope})


@before("replication_archive")
async def _(site: Integrator) -> Asked:
    photo = await site.photo("chen", b"a photo for the archive")
    return Asked(by=site.tokens["liwei"], swap={LOG: await site.log(), PHOTO: photo})


@before("replication_restore")
async def _(site: Integrator) -> Asked:
    log = await site.log()
    digest = (await site.record(log))["digest"]
    gone = await site.push("chen", {"action": "delete", "kind": "report", "id": log, "wasDigest": digest})
    assert gone["code"] == "op.applied", gone
    return Asked(by=site.tokens["wang"], path={"record_id": log})


@before("replication_retry_parked")
@before("replication_discard_parked")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens["wang"], path={"parked_id": await site.parked()})


@before("replication_reopen_parked")
async def _(site: Integrator) -> Asked:
    parked = await site.parked()
    await site.call("POST", f"/v1/parked/{parked}/discard", site.tokens["wang"], {"reason": "误"})
    return Asked(by=site.tokens["wang"], path={"parked_id": parked})


@before("replication_resolve_conflict")
async def _(site: Integrator) -> Asked:
    conflict = await site.conflict()
    (candidate,) = (await site.record(conflict))["values"]["candidates"].values()
    swap = {CANDIDATE: candidate["opId"]}
    return Asked(by=site.tokens["wang"], path={"conflict_id": conflict}, swap=swap)


@before("replication_apply_parked")
async def _(site: Integrator) -> Asked:
    swap = {SECTION: site.scope, LOG: await site.log()}
    return Asked(by=site.tokens["wang"], path={"parked_id": await site.parked()}, swap=swap)


@before("reports_review")
@before("reports_review_all")
@before("reports_review_matching")
async def _(site: Integrator) -> Asked:
    log = await site.log()
    digest = (await site.record(log))["digest"]
    return Asked(by=site.tokens["liwei"], path={"record_id": log}, swap={DIGEST: digest, LOG: log, SECTION: site.scope})


# -- files ------------------------------------------------------------------------------------------------------------


@before("uploads_have")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens["chen"])


@before("uploads_create")
async def _(site: Integrator) -> Asked:
    named = base64.b64encode(sha256(b"created").encode()).decode()
    headers = BYTES | {"Upload-Length": "7", "Upload-Metadata": f"sha256 {named}"}
    return Asked(by=site.tokens["chen"], content=b"created", headers=headers)


@before("uploads_append")
async def _(site: Integrator) -> Asked:
    path = {"upload_id": await site.begin(b"appended")}
    return Asked(by=site.tokens["chen"], path=path, content=b"appended", headers=BYTES | {"Upload-Offset": "0"})


@before("uploads_overridden")
async def _(site: Integrator) -> Asked:
    path = {"upload_id": await site.begin(b"overridden")}
    headers = BYTES | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    return Asked(by=site.tokens["chen"], path=path, content=b"overridden", headers=headers)


# -- forms ------------------------------------------------------------------------------------------------------------


def form(name: str) -> bytes:
    return FORM.format(name=name).encode()


@before("forms_submit_form")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin, content=form("submitted"), headers={"Content-Type": "text/markdown"})


@before("forms_publish_draft")
async def _(site: Integrator) -> Asked:
    headers = {"Content-Type": "text/markdown"}
    await site.call("POST", "/v1/forms?draft=true", site.admin, content=form("drafted"), headers=headers)
    return Asked(by=site.admin, path={"form": "drafted"})


@before("forms_retire_form")
async def _(site: Integrator) -> Asked:
    headers = {"Content-Type": "text/markdown"}
    await site.call("POST", "/v1/forms", site.admin, content=form("retired"), headers=headers)
    return Asked(by=site.admin, path={"form": "retired", "version": "1"})


# -- paper, evidence, jobs --------------------------------------------------------------------------------------------


@before("scans_confirm")
@before("scans_discard")
async def _(site: Integrator) -> Asked:
    read = {"number": new_id(), **{f"items__{row}__quantity": "20" for row in (1, 2, 3)}}
    return Asked(by=site.tokens["wang"], path={"extraction": await site.reading("payment_application", **read)})


@before("scans_read_again")
async def _(site: Integrator) -> Asked:
    scan = await site.scan(b"<!doctype html><p>not a page")
    await site.program.worker.drain()
    return Asked(by=site.tokens["wang"], path={"scan": scan})


@before("scans_bring")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens["wang"], swap={SECTION: site.scope})


@before("scans_claim_next")
async def _(site: Integrator) -> Asked:
    await site.reading("daily_log", recorder="陈建国")
    return Asked(by=site.tokens["wang"])


@before("scans_claim")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens["wang"], path={"scan": await site.scan(new_id().encode())})


@before("scans_arrange")
async def _(site: Integrator) -> Asked:
    extraction = await site.reading("daily_log", recorder="陈建国")
    scan = (await site.record(extraction))["values"]["scan"]
    return Asked(by=site.tokens["wang"], swap={SCAN: scan})


@before("scans_reject")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens["wang"], path={"scan": await site.scan(new_id().encode())})


@before("scans_merge_duplicate")
@before("scans_keep_duplicate")
async def _(site: Integrator) -> Asked:
    pair = await site.pair(weather_am="overcast", safety="有")
    return Asked(by=site.tokens["wang"], path={"pair": pair})


@before("scans_set_threshold")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.admin, path={"kind": "number"})


@before("evidence_confirm")
@before("evidence_dismiss")
@before("evidence_reopen")
async def _(site: Integrator) -> Asked:
    return Asked(by=site.tokens["wang"], path={"flag": await site.flag()})


@before("jobs_retry")
@before("jobs_dismiss")
async def _(site: Integrator) -> Asked:
    """Have a job fail for good: one whose arguments its handler cannot read."""
    await site.program.db.write(lambda tx: site.program.jobs.add(tx, "evidence.captured", {}))
    await site.program.worker.drain()
    dead = (await site.call("GET", "/v1/jobs/dead", site.admin))["jobs"][-1]
    return Asked(by=site.admin, path={"job_id": dead["id"]})
