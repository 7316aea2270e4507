"""The dead letters on the desk."""

from typing import Annotated, Protocol, runtime_checkable

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.ids import is_id
from mobile_contract.jobs import DeadJobs, DismissJob, JobState
from mobile_contract.problems import Refused
from server.jobs.service import Jobs
from server.kernel.bodies import Body
from server.kernel.declared import declare


@runtime_checkable
class Administrator(Protocol):
    """What these routes ask of the dependency ``caller``; identity, which gives it, stands on the same floor."""

    @property
    def person(self) -> str:
        """The id of the person who calls."""
        ...

    def require_admin(self) -> None:
        """Raise ``identity.forbidden`` unless the caller administers the system."""
        ...


@get(
    "/v1/jobs/dead",
    summary="列出放弃的任务 · List jobs that were given up",
    description="列出已放弃的任务及原因,或已搁置的任务。限管理员。",
    opt=declare("identity.forbidden"),
)
async def list_dead(
    caller: NamedDependency[Administrator],
    jobs: NamedDependency[Jobs],
    after: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
    dismissed: Annotated[bool, QueryParameter()] = False,
    kind: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> DeadJobs:
    """List jobs that were given up, with their reasons; or those that were put aside. Administrators only."""
    caller.require_admin()
    return await jobs.dead(after=after, state=JobState.DISMISSED if dismissed else JobState.DEAD, kind=kind)


@post(
    "/v1/jobs/{job_id:str}/retry",
    status_code=204,
    summary="重试放弃的任务 · Retry a job that was given up",
    description="让已放弃的任务重新获得全部尝试次数。限管理员。",
    opt=declare("identity.forbidden", "jobs.not_dead"),
)
async def retry(job_id: FromPath[str], caller: NamedDependency[Administrator], jobs: NamedDependency[Jobs]) -> None:
    """Put a dead letter back in the queue with all its attempts. Administrators only."""
    caller.require_admin()
    if not is_id(job_id):
        raise Refused("request.not_found")
    await jobs.retry(job_id, caller.person)


@post(
    "/v1/jobs/{job_id:str}/dismiss",
    status_code=204,
    summary="搁置放弃的任务 · Put a job aside",
    description="搁置已放弃的任务,并说明理由;之后仍可重试。限管理员。",
    opt=declare("identity.forbidden", "jobs.not_dead"),
)
async def dismiss(
    sent: NamedDependency[Body[DismissJob]],
    job_id: FromPath[str],
    caller: NamedDependency[Administrator],
    jobs: NamedDependency[Jobs],
) -> None:
    """Put a dead letter aside, with a reason; it can still be retried. Administrators only."""
    caller.require_admin()
    asked = await sent.read()
    if not is_id(job_id):
        raise Refused("request.not_found")
    await jobs.dismiss(job_id, caller.person, asked.reason)


ROUTES = [list_dead, retry, dismiss]
