"""HTTP of signing in and enrolling, and of what people do to their own password."""

from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency

from mobile_contract.identity import (
    Enrol,
    EnrolmentCode,
    Login,
    Me,
    NewEnrolment,
    NewTotp,
    PasswordChange,
    Session,
    TotpProof,
    TotpSetup,
)
from mobile_contract.problems import Refused
from server.identity.model import Caller, as_grants
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
    opt=declare("identity.wrong_password", "identity.totp_active"),
)
async def prove_totp(
    sent: NamedDependency[Body[TotpProof]], caller: NamedDependency[Caller], identity: NamedDependency[Identity]
) -> None:
    """Put one-time codes in force by a first code."""
    await identity.prove_totp(caller, (await sent.read()).code)


def _address(request: AnyRequest) -> str:
    return address_of(request.client.host if request.client else None)


ROUTES = [login, logout, open_enrolment, enrol, me, change_password, begin_totp, prove_totp]
