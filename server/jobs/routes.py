"""The dead letters on the desk."""

from typing import Annotated, Protocol, runtime_checkable

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.ids import is_id
from mobile_contract.jobs import DeadJobs
from mobile_contract.problems import Refused
from server.jobs.service import Jobs
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
    description="列出已放弃的任务及原因。限管理员。",
    opt=declare("identity.forbidden"),
)
async def list_dead(
    caller: NamedDependency[Administrator],
    jobs: NamedDependency[Jobs],
    after: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
) -> DeadJobs:
    """List jobs that were given up, with their reasons. Administrators only."""
    caller.require_admin()
    return await jobs.dead(after=after)


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


ROUTES = [list_dead, retry]
