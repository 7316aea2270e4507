"""HTTP of evidence: the list of flags, and deciding about one."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from mobile_contract.evidence import EvidenceDecision, EvidenceItem, EvidenceList, EvidenceState
from server.evidence.model import Asked, FlagAct
from server.evidence.service import Evidence
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare


def asked_for(
    project: Annotated[str | None, QueryParameter(max_length=36)] = None,
    within: Annotated[str | None, QueryParameter(name="scope", max_length=64)] = None,  # Litestar keeps `scope`
    code: Annotated[str | None, QueryParameter(max_length=40)] = None,
) -> Asked:
    """Return which flags are meant, from the query."""
    return Asked(project=project, scope=within, code=code)


@get(
    "/v1/evidence",
    dependencies={"asked": Provide(asked_for, sync_to_thread=False)},
    summary="列出疑点 · List evidence flags",
    description="列出疑点,限调用者任资料员或监理的范围。",
)
async def list_evidence(
    caller: NamedDependency[Caller],
    evidence: NamedDependency[Evidence],
    asked: NamedDependency[Asked],
    wanted: Annotated[EvidenceState, QueryParameter(name="state")] = EvidenceState.OPEN,
    after: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> EvidenceList:
    """List flags of the scopes in which the caller is a clerk or supervisor."""
    return await evidence.listing(caller, wanted, asked, after, limit)


@post(
    "/v1/evidence/{flag:str}/dismiss",
    status_code=200,
    summary="排除疑点 · Dismiss a flag",
    description="认定疑点不成立,并说明理由。限其范围的资料员和监理,不能处理与自己有关的疑点。",
    opt=declare("identity.forbidden", "evidence.own"),
)
async def dismiss(
    sent: NamedDependency[Body[EvidenceDecision]],
    flag: FromPath[str],
    caller: NamedDependency[Caller],
    evidence: NamedDependency[Evidence],
) -> EvidenceItem:
    """Decide that there is nothing to a flag, and why. Clerks and supervisors of its scopes, not about themselves."""
    asked = await sent.read()
    return await evidence.decide(caller, flag, FlagAct.DISMISS, asked.reason)


@post(
    "/v1/evidence/{flag:str}/confirm",
    status_code=200,
    summary="确认疑点 · Confirm a flag",
    description="认定疑点属实,并说明理由。限其范围的资料员和监理,不能处理与自己有关的疑点。",
    opt=declare("identity.forbidden", "evidence.own"),
)
async def confirm(
    sent: NamedDependency[Body[EvidenceDecision]],
    flag: FromPath[str],
    caller: NamedDependency[Caller],
    evidence: NamedDependency[Evidence],
) -> EvidenceItem:
    """Decide that there is something to a flag, and why. Clerks and supervisors of its scopes, not about themselves."""
    asked = await sent.read()
    return await evidence.decide(caller, flag, FlagAct.CONFIRM, asked.reason)


@post(
    "/v1/evidence/{flag:str}/reopen",
    status_code=200,
    summary="重新核查疑点 · Reopen a flag",
    description="撤回对疑点的认定,并说明理由:它重新待核查。限其范围的资料员和监理,不能处理与自己有关的疑点。",
    opt=declare("identity.forbidden", "evidence.own"),
)
async def reopen(
    sent: NamedDependency[Body[EvidenceDecision]],
    flag: FromPath[str],
    caller: NamedDependency[Caller],
    evidence: NamedDependency[Evidence],
) -> EvidenceItem:
    """Take back what was decided about a flag, and say why. Clerks and supervisors, not about themselves."""
    asked = await sent.read()
    return await evidence.decide(caller, flag, FlagAct.REOPEN, asked.reason)


ROUTES = [list_evidence, dismiss, confirm, reopen]
