"""HTTP of identity: sign in, enrol, and the administrators' part."""

from typing import Annotated, Any, Final

from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from mobile_contract.identity import (
    Colleagues,
    Devices,
    Enrol,
    EnrolmentCode,
    Login,
    Me,
    NewEnrolment,
    NewPerson,
    NewTotp,
    PasswordChange,
    PasswordReset,
    People,
    Person,
    Role,
    Session,
    TotpProof,
    TotpSetup,
)
from mobile_contract.ids import is_id, is_scope
from mobile_contract.problems import Refused
from server.identity.model import SYSTEM_SCOPE, Caller, as_grants
from server.identity.service import Identity
from server.identity.turns import address_of
from server.kernel.bodies import Body
from server.kernel.declared import declare

AnyRequest = Request[Any, Any, Any]
_TOKEN_CHARACTERS = 128
#: Opens a route to devices that are trusted no more; it must look at ``caller.trust``.
QUARANTINED_TOO: Final = {"quarantined": True}


def bearer_token(request: AnyRequest) -> str:
    """Take the token from ``Authorization: Bearer``. Raises ``identity.unauthenticated``."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= _TOKEN_CHARACTERS:
        raise Refused("identity.unauthenticated")
    return token


async def provide_caller(request: AnyRequest, identity: NamedDependency[Identity]) -> Caller:
    """Return the dependency ``caller``: every route that asks for it is closed to strangers.

    A device that is trusted no more gets in only where a route has ``opt=QUARANTINED_TOO``.
    """
    quarantined = bool(request.route_handler.opt.get("quarantined"))
    return await identity.sessions.caller(bearer_token(request), quarantined=quarantined)


@post(
    "/v1/login",
    status_code=200,
    summary="登录 · Sign in",
    description="在桌面端登录。",
    opt=declare("identity.locked", "identity.crowded", "identity.wrong_password", "identity.totp_required"),
)
async def login(
    request: AnyRequest, sent: NamedDependency[Body[Login]], identity: NamedDependency[Identity]
) -> Session:
    """Sign in at the desk."""
    asked = await sent.read()
    return await identity.sessions.login(asked.login, asked.password, asked.totp, _address(request))


@post(
    "/v1/logout",
    status_code=204,
    summary="退出登录 · Sign out",
    description="注销本次请求所用的令牌。",
    opt=declare("identity.unauthenticated"),
)
async def logout(request: AnyRequest, identity: NamedDependency[Identity]) -> None:
    """Withdraw the token this request came with."""
    await identity.sessions.logout(bearer_token(request))


@post(
    "/v1/enrolments",
    summary="生成登记码 · Make an enrolment code",
    description="为自己的手机生成登记码;管理员也可为他人生成。",
    opt=declare("request.not_found", "identity.forbidden"),
)
async def open_enrolment(
    sent: NamedDependency[Body[NewEnrolment]], caller: NamedDependency[Caller], identity: NamedDependency[Identity]
) -> EnrolmentCode:
    """Make a code for a phone of one's own; administrators also for others."""
    asked = await sent.read()
    return await identity.sessions.enrolment(caller, asked.person)


@post(
    "/v1/enrol",
    summary="登记手机 · Enrol a phone",
    description="用登记码换取手机的令牌。",
    opt=declare("identity.bad_code", "identity.crowded", "identity.replica_taken"),
)
async def enrol(
    request: AnyRequest, sent: NamedDependency[Body[Enrol]], identity: NamedDependency[Identity]
) -> Session:
    """Trade an enrolment code for the token of a phone."""
    asked = await sent.read()
    return await identity.sessions.enrol(asked.code, asked.replica, asked.device, _address(request))


@get("/v1/me", summary="我是谁,有哪些权限 · Who am I", description="返回调用者是谁,有哪些权限。")
async def me(caller: NamedDependency[Caller]) -> Me:
    """Return who the caller is, and what they hold."""
    return Me(
        person=caller.person,
        name=caller.name,
        replica=caller.replica,
        device=caller.device,
        grants=as_grants(caller.grants),
        scopes=tuple(sorted(caller.scopes())),
    )


@post(
    "/v1/me/password",
    status_code=204,
    summary="修改密码 · Change one's password",
    description="修改自己的密码;桌面会话随即结束。",
    opt=declare("identity.wrong_password", "identity.weak_password", "identity.locked", "identity.crowded"),
)
async def change_password(
    sent: NamedDependency[Body[PasswordChange]], caller: NamedDependency[Caller], identity: NamedDependency[Identity]
) -> None:
    """Change one's own password; sessions at the desk end."""
    asked = await sent.read()
    await identity.change_password(caller, asked.old, asked.new)


@post(
    "/v1/me/totp",
    summary="开始设置动态口令 · Begin one-time codes",
    description="生成供验证器应用使用的密钥。",
    opt=declare("identity.wrong_password", "identity.totp_active", "identity.locked", "identity.crowded"),
)
async def begin_totp(
    sent: NamedDependency[Body[NewTotp]], caller: NamedDependency[Caller], identity: NamedDependency[Identity]
) -> TotpSetup:
    """Make a secret for an authenticator app."""
    asked = await sent.read()
    return await identity.begin_totp(caller, asked.password)


@post(
    "/v1/me/totp/proof",
    status_code=204,
    summary="启用动态口令 · Put one-time codes in force",
    description="以首个动态口令启用动态口令。",
    opt=declare("identity.wrong_password", "identity.totp_active", "identity.locked", "identity.crowded"),
)
async def prove_totp(
    sent: NamedDependency[Body[TotpProof]], caller: NamedDependency[Caller], identity: NamedDependency[Identity]
) -> None:
    """Put one-time codes in force by a first code."""
    await identity.prove_totp(caller, (await sent.read()).code)


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


def _address(request: AnyRequest) -> str:
    return address_of(request.client.host if request.client else None)


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
    login,
    logout,
    open_enrolment,
    enrol,
    me,
    change_password,
    begin_totp,
    prove_totp,
    create_person,
    list_persons,
    list_colleagues,
    reset_password,
    grant,
    revoke,
    list_devices,
    revoke_device,
    report_lost,
]
