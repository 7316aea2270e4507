"""HTTP of identity: persons, grants and devices, mostly the administrators' part."""

from typing import Annotated

from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.identity import (
    ChangePerson,
    Colleagues,
    Devices,
    NewPerson,
    PasswordReset,
    People,
    Person,
    Role,
)
from mobile_contract.ids import is_id, is_scope
from mobile_contract.problems import Refused
from server.identity import signing_in
from server.identity.model import SYSTEM_SCOPE, Caller
from server.identity.service import Identity
from server.kernel.bodies import Body
from server.kernel.declared import declare


@post(
    "/v1/persons",
    summary="添加人员 · Add a person",
    description="添加人员。限管理员。",
    opt=declare("identity.forbidden", "identity.login_taken", "identity.weak_password", "identity.crowded"),
)
async def create_person(
    sent: NamedDependency[Body[NewPerson]], caller: NamedDependency[Caller], identity: NamedDependency[Identity]
) -> Person:
    """Add a person. Administrators only."""
    caller.require_admin()
    asked = await sent.read()
    return await identity.create_person(caller.person, asked.name, asked.login, asked.password)


@get(
    "/v1/persons",
    summary="列出人员 · List persons",
    description="列出人员及其权限。限管理员。",
    opt=declare("identity.forbidden"),
)
async def list_persons(
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
    after: Annotated[str, QueryParameter(max_length=36, pattern="^[0-9a-f-]*$")] = "",
) -> People:
    """List persons with their grants. Administrators only."""
    caller.require_admin()
    return await identity.people(after)


@patch(
    "/v1/persons/{person:str}",
    summary="修改人员 · Change a person",
    description="修改姓名或登录名,停用或启用人员;未填的保持不变。限管理员。",
    opt=declare("identity.forbidden", "identity.login_taken", "identity.last_admin"),
)
async def change_person(
    sent: NamedDependency[Body[ChangePerson]],
    person: FromPath[str],
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
) -> Person:
    """Change a person's name or login, disable or enable them; what is left out stays. Administrators only."""
    caller.require_admin()
    return await identity.change_person(caller.person, _id(person), await sent.read())


@get(
    "/v1/scopes/{place:str}/people",
    summary="列出标段人员 · People of a scope",
    description="列出调用者可读范围内的人员姓名:其中的记录以编号指称人员。",
    opt=declare("identity.forbidden", "identity.unknown_scope"),
)
async def list_colleagues(
    place: FromPath[str], caller: NamedDependency[Caller], identity: NamedDependency[Identity]
) -> Colleagues:
    """Name the people of a scope that the caller reads: its records name persons by their ids."""
    if not caller.holds(_scope(place)):
        raise Refused("identity.forbidden")
    return await identity.colleagues(place)


@post(
    "/v1/persons/{person:str}/password",
    status_code=204,
    summary="重设密码 · Reset a password",
    description="为人员设定新密码。限管理员。",
    opt=declare("identity.forbidden", "identity.weak_password", "identity.crowded"),
)
async def reset_password(
    sent: NamedDependency[Body[PasswordReset]],
    person: FromPath[str],
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
) -> None:
    """Set a new password for a person. Administrators only."""
    caller.require_admin()
    asked = await sent.read()
    await identity.reset_password(caller.person, _id(person), asked.password)


@put(
    "/v1/persons/{person:str}/grants/{role:str}/{place:str}",
    status_code=204,
    summary="授予权限 · Grant a role",
    description="让人员在某个范围内承担一个角色。限管理员。",
    opt=declare("identity.forbidden", "identity.unknown_scope"),
)
async def grant(
    person: FromPath[str],
    role: FromPath[str],
    place: FromPath[str],
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
) -> None:
    """Let a person act in a scope. Administrators only."""
    caller.require_admin()
    await identity.grant(caller.person, _id(person), _role(role), _scope(place))


@delete(
    "/v1/persons/{person:str}/grants/{role:str}/{place:str}",
    status_code=204,
    summary="收回权限 · Revoke a role",
    description="收回一项权限。限管理员。",
    opt=declare("identity.forbidden", "identity.unknown_scope", "identity.last_admin"),
)
async def revoke(
    person: FromPath[str],
    role: FromPath[str],
    place: FromPath[str],
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
) -> None:
    """Take a grant back. Administrators only."""
    caller.require_admin()
    await identity.revoke(caller.person, _id(person), _role(role), _scope(place))


@get(
    "/v1/devices",
    summary="列出设备 · List devices",
    description="列出自己的设备;管理员可用 ``person`` 查看他人的设备。",
    opt=declare("identity.forbidden", "request.not_found"),
)
async def list_devices(
    caller: NamedDependency[Caller],
    identity: NamedDependency[Identity],
    person: Annotated[str, QueryParameter(max_length=36)] = "",
) -> Devices:
    """List one's own devices; administrators also those of another ``person``."""
    if person and person != caller.person:
        caller.require_admin()
    return await identity.devices(_id(person or caller.person))


@delete(
    "/v1/devices/{device:str}",
    status_code=204,
    summary="停用设备 · Revoke a device",
    description="停用自己的设备;管理员可停用任何设备。其尚未上传的内容仍会收下并暂存。",
    opt=declare("identity.forbidden"),
)
async def revoke_device(
    device: FromPath[str], caller: NamedDependency[Caller], identity: NamedDependency[Identity]
) -> None:
    """Revoke a device: one's own, or as an administrator any. What it had not sent is taken and parked."""
    await identity.revoke_device(caller, _id(device))


@post(
    "/v1/devices/{device:str}/lost",
    status_code=204,
    summary="设备挂失 · Report a device lost",
    description="挂失设备:它下次联网时即被要求清空,此后不再接收其任何内容。",
    opt=declare("identity.forbidden"),
)
async def report_lost(
    device: FromPath[str], caller: NamedDependency[Caller], identity: NamedDependency[Identity]
) -> None:
    """Report a device lost: it is told to wipe as soon as it speaks, and nothing more is taken of it."""
    await identity.report_lost(caller, _id(device))


def _id(text: str) -> str:
    if not is_id(text):
        raise Refused("request.not_found")
    return text


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise Refused("request.not_found") from None


def _scope(text: str) -> str:
    if text != SYSTEM_SCOPE and not is_scope(text):
        raise Refused("identity.unknown_scope", scope=text[:64])
    return text


ROUTES = [
    *signing_in.ROUTES,
    create_person,
    list_persons,
    change_person,
    list_colleagues,
    reset_password,
    grant,
    revoke,
    list_devices,
    revoke_device,
    report_lost,
]
