"""HTTP of projects."""

from typing import Annotated, Any

from litestar import Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.ids import is_id, project_scope, section_scope
from mobile_contract.media import Fence
from mobile_contract.problems import Refused
from mobile_contract.projects import NewFence, NewProject, NewSection, Project, Projects, Section
from server.identity import Caller
from server.kernel.bodies import decode, read
from server.projects.service import ProjectService

AnyRequest = Request[Any, Any, Any]
BODY_BYTES = 16_384


@get("/v1/projects")
async def list_projects(
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectService],
    after: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
) -> Projects:
    """List the caller's projects, with sections and fences."""
    return await projects.visible_to(caller, after)


@post("/v1/projects")
async def create_project(
    request: AnyRequest, caller: NamedDependency[Caller], projects: NamedDependency[ProjectService]
) -> Project:
    """Create a project. Administrators only."""
    caller.require("admin", "system")
    return await projects.create(caller.person, decode(await read(request, BODY_BYTES), NewProject))


@post("/v1/projects/{project:str}/sections")
async def create_section(
    request: AnyRequest,
    project: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectService],
) -> Section:
    """Create a section of a project. Administrators only."""
    caller.require("admin", "system")
    asked = decode(await read(request, BODY_BYTES), NewSection)
    return await projects.create_section(caller.person, _id(project), asked)


Version = Annotated[int | None, QueryParameter(ge=1, le=1_000_000)]


@get("/v1/projects/{project:str}/fence")
async def project_fence(
    project: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectService],
    version: Version = None,
) -> Fence:
    """Show the fence of a project: the one in force, or the version that a check-in was judged by."""
    return await projects.fence(caller, project_scope(_id(project)), version)


@get("/v1/sections/{section:str}/fence")
async def section_fence(
    section: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectService],
    version: Version = None,
) -> Fence:
    """Show the fence of a section: the one in force, or the version that a check-in was judged by."""
    return await projects.fence(caller, section_scope(_id(section)), version)


@put("/v1/projects/{project:str}/fence")
async def draw_project_fence(
    request: AnyRequest,
    project: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectService],
) -> Fence:
    """Draw the fence of a project anew. Administrators, and its supervisors."""
    return await _draw(request, caller, projects, project_scope(_id(project)))


@put("/v1/sections/{section:str}/fence")
async def draw_section_fence(
    request: AnyRequest,
    section: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectService],
) -> Fence:
    """Draw the fence of a section anew. Administrators, and its supervisors."""
    return await _draw(request, caller, projects, section_scope(_id(section)))


async def _draw(request: AnyRequest, caller: Caller, projects: ProjectService, scope: str) -> Fence:
    if "supervisor" not in caller.role_in(scope):
        caller.require("admin", "system")
    return await projects.draw_fence(caller.person, scope, decode(await read(request, BODY_BYTES), NewFence))


def _id(text: str) -> str:
    if not is_id(text):
        raise Refused("request.not_found")
    return text


ROUTES = [
    list_projects,
    create_project,
    create_section,
    project_fence,
    section_fence,
    draw_project_fence,
    draw_section_fence,
]
