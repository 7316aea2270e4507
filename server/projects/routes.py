"""HTTP of projects."""

from typing import Annotated

from litestar import get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.identity import Role
from mobile_contract.ids import is_id, project_scope, section_scope
from mobile_contract.media import Fence
from mobile_contract.problems import Refused
from mobile_contract.projects import (
    ChangeProject,
    ChangeSection,
    NewFence,
    NewProject,
    NewSection,
    Project,
    Projects,
    Section,
)
from server.identity import Caller
from server.kernel.bodies import Body
from server.kernel.declared import declare
from server.projects.service import ProjectRegister


@get("/v1/projects", summary="列出工程 · List projects", description="列出调用者的工程,含标段和围栏。")
async def list_projects(
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectRegister],
    after: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
) -> Projects:
    """List the caller's projects, with sections and fences."""
    return await projects.visible_to(caller, after)


@post(
    "/v1/projects",
    summary="创建工程 · Create a project",
    description="创建工程。限管理员。",
    opt=declare("identity.forbidden", "projects.bad_code", "projects.code_taken", "projects.unknown_time_zone"),
)
async def create_project(
    sent: NamedDependency[Body[NewProject]], caller: NamedDependency[Caller], projects: NamedDependency[ProjectRegister]
) -> Project:
    """Create a project. Administrators only."""
    caller.require_admin()
    return await projects.create(caller.person, await sent.read())


@post(
    "/v1/projects/{project:str}/sections",
    summary="创建标段 · Create a section",
    description="在工程下创建标段。限管理员。",
    opt=declare("identity.forbidden", "projects.code_taken"),
)
async def create_section(
    sent: NamedDependency[Body[NewSection]],
    project: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectRegister],
) -> Section:
    """Create a section of a project. Administrators only."""
    caller.require_admin()
    asked = await sent.read()
    return await projects.create_section(caller.person, _id(project), asked)


@patch(
    "/v1/projects/{project:str}",
    status_code=204,
    summary="修改工程 · Change a project",
    description="修改工程;未填的保持不变。已判定的日期不重新判定。限管理员。",
    opt=declare("identity.forbidden", "projects.bad_code", "projects.code_taken", "projects.unknown_time_zone"),
)
async def change_project(
    sent: NamedDependency[Body[ChangeProject]],
    project: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectRegister],
) -> None:
    """Change a project; what is left out stays, and days that were judged are not judged anew. Administrators only."""
    caller.require_admin()
    await projects.change(caller.person, _id(project), await sent.read())


@patch(
    "/v1/sections/{section:str}",
    status_code=204,
    summary="修改标段 · Change a section",
    description="修改标段;未填的保持不变。限管理员。",
    opt=declare("identity.forbidden", "projects.code_taken"),
)
async def change_section(
    sent: NamedDependency[Body[ChangeSection]],
    section: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectRegister],
) -> None:
    """Change a section; what is left out stays. Administrators only."""
    caller.require_admin()
    await projects.change_section(caller.person, _id(section), await sent.read())


Version = Annotated[int | None, QueryParameter(ge=1, le=1_000_000)]


@get(
    "/v1/projects/{project:str}/fence",
    summary="查看工程围栏 · Fence of a project",
    description="返回工程围栏:现行的,或判定某次签到时所用的版本。",
)
async def project_fence(
    project: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectRegister],
    version: Version = None,
) -> Fence:
    """Show the fence of a project: the one in force, or the version that a check-in was judged by."""
    return await projects.fence(caller, project_scope(_id(project)), version)


@get(
    "/v1/sections/{section:str}/fence",
    summary="查看标段围栏 · Fence of a section",
    description="返回标段围栏:现行的,或判定某次签到时所用的版本。",
)
async def section_fence(
    section: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectRegister],
    version: Version = None,
) -> Fence:
    """Show the fence of a section: the one in force, or the version that a check-in was judged by."""
    return await projects.fence(caller, section_scope(_id(section)), version)


@put(
    "/v1/projects/{project:str}/fence",
    summary="重画工程围栏 · Draw the fence of a project",
    description="重画工程围栏。限管理员和该工程的监理。",
    opt=declare("identity.forbidden", "projects.bad_fence"),
)
async def draw_project_fence(
    sent: NamedDependency[Body[NewFence]],
    project: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectRegister],
) -> Fence:
    """Draw the fence of a project anew. Administrators, and its supervisors."""
    return await _draw(sent, caller, projects, project_scope(_id(project)))


@put(
    "/v1/sections/{section:str}/fence",
    summary="重画标段围栏 · Draw the fence of a section",
    description="重画标段围栏。限管理员和该工程的监理。",
    opt=declare("identity.forbidden", "projects.bad_fence"),
)
async def draw_section_fence(
    sent: NamedDependency[Body[NewFence]],
    section: FromPath[str],
    caller: NamedDependency[Caller],
    projects: NamedDependency[ProjectRegister],
) -> Fence:
    """Draw the fence of a section anew. Administrators, and its supervisors."""
    return await _draw(sent, caller, projects, section_scope(_id(section)))


async def _draw(sent: Body[NewFence], caller: Caller, projects: ProjectRegister, scope: str) -> Fence:
    if Role.SUPERVISOR not in caller.role_in(scope):
        caller.require_admin()
    return await projects.draw_fence(caller.person, scope, await sent.read())


def _id(text: str) -> str:
    if not is_id(text):
        raise Refused("request.not_found")
    return text


ROUTES = [
    list_projects,
    create_project,
    create_section,
    change_project,
    change_section,
    project_fence,
    section_fence,
    draw_project_fence,
    draw_section_fence,
]
