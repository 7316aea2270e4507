"""Identity: nobody reaches further than they were granted, and what happened can be read afterwards."""

import asyncio
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from mobile_contract.identity import Role
from mobile_contract.ids import person_scope, project_scope, section_scope
from mobile_contract.problems import PROBLEMS, Refused
from server.identity import WORKER, Caller, Identity, held_scopes, holdings, register_scope, system_caller
from server.kernel.clock import new_id
from server.kernel.database import Database
from server.kernel.tables import journal
from tests.support import people
from tests.support.clock import HandClock
from tests.support.people import PASSWORD, bearer, refusal

pytestmark = pytest.mark.anyio

PROJECT = project_scope(new_id())
SECTION, OTHER_SECTION = section_scope(new_id()), section_scope(new_id())


@pytest.fixture(autouse=True)
async def scopes(database: Database) -> None:
    def register(tx: sa.Connection) -> None:
        register_scope(tx, PROJECT)
        register_scope(tx, SECTION, PROJECT)
        register_scope(tx, OTHER_SECTION, PROJECT)

    await database.write(register)


async def events(database: Database, *names: str) -> list[Any]:
    query = sa.select(journal).order_by(journal.c.at, journal.c.pos)
    rows = await database.read(lambda tx: tx.execute(query).all())
    return [row for row in rows if row.event in names]


# Grants ----------------------------------------------------------------------------------------------------------


async def test_a_section_is_read_with_its_projects_common_part_and_nothing_else(
    identity: Identity, database: Database, admin: Caller
) -> None:
    chen = await people.person(identity, admin, "chenjianguo", (Role.CONTRACTOR, SECTION))
    assert chen.scopes() == {SECTION, PROJECT, person_scope(chen.person)}
    assert chen.role_in(SECTION) == {"contractor"}
    assert chen.role_in(PROJECT) == frozenset()
    assert not chen.holds(OTHER_SECTION)
    assert not chen.holds(person_scope(admin.person))
    with pytest.raises(Refused):
        chen.require(Role.CONTRACTOR, OTHER_SECTION)
    with pytest.raises(Refused):
        chen.require(Role.INSPECTOR, SECTION)
    assert await database.read(lambda tx: held_scopes(tx, chen.person)) == chen.scopes()


async def test_a_project_grant_does_not_open_its_sections(identity: Identity, admin: Caller) -> None:
    leader = await people.person(identity, admin, "leader", (Role.LEADER, PROJECT))
    assert leader.scopes() == {PROJECT, person_scope(leader.person)}


async def test_being_an_administrator_opens_no_scope(admin: Caller) -> None:
    assert admin.scopes() == {person_scope(admin.person)}


async def test_a_revoked_grant_is_gone_for_the_next_transaction(
    identity: Identity, database: Database, admin: Caller, http: httpx.AsyncClient
) -> None:
    chen = await people.person(identity, admin, "chenjianguo", (Role.CONTRACTOR, SECTION))
    session = await identity.sessions.login("chenjianguo", PASSWORD)
    await identity.revoke(admin.person, chen.person, Role.CONTRACTOR, SECTION)
    assert await database.read(lambda tx: holdings(tx, chen.person).role_in(SECTION)) == frozenset()
    me = (await http.get("/v1/me", headers=bearer(session))).json()
    assert (me["grants"], me["scopes"]) == ([], [person_scope(chen.person)])


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        (Role.ADMIN, SECTION),
        (Role.INSPECTOR, "system"),
        (Role.SYSTEM, SECTION),
        (Role.INSPECTOR, section_scope(new_id())),
        (Role.INSPECTOR, person_scope(new_id())),
    ],
    ids=["admin of a section", "inspector of the system", "system of a section", "no such section", "somebody's own"],
)
async def test_foreign_scopes_cannot_be_granted(identity: Identity, admin: Caller, role: Role, scope: str) -> None:
    assert await refusal(identity.grant(admin.person, admin.person, role, scope)) == "identity.unknown_scope"


async def test_a_scope_that_is_not_known_is_named_with_64_letters_at_every_door(
    identity: Identity, admin: Caller, http: httpx.AsyncClient
) -> None:
    strange, head = "s" * 65, bearer(await identity.sessions.login("admin", PASSWORD))
    doors = [
        identity.grant(admin.person, admin.person, Role.ADMIN, strange),
        identity.grant(admin.person, admin.person, Role.INSPECTOR, strange),
        identity.revoke(admin.person, admin.person, Role.INSPECTOR, strange),
    ]
    for door in doors:
        with pytest.raises(Refused) as refused:
            await door
        assert (refused.value.code, refused.value.params) == ("identity.unknown_scope", {"scope": "s" * 64})
    answer = (await http.get(f"/v1/scopes/{strange}/people", headers=head)).json()
    assert (answer["code"], answer["params"]) == ("identity.unknown_scope", {"scope": "s" * 64})


async def test_devices_are_listed_for_their_owner_by_either_name_and_for_administrators(
    identity: Identity, admin: Caller, http: httpx.AsyncClient
) -> None:
    zhou = await people.person(identity, admin, "zhoumin")
    phone = await people.phone(identity, zhou)
    own, office = [bearer(await identity.sessions.login(login, PASSWORD)) for login in ("zhoumin", "admin")]
    for head, query in ((own, ""), (own, zhou.person), (office, zhou.person)):
        listed = (await http.get("/v1/devices", params={"person": query} if query else {}, headers=head)).json()
        assert [(one["id"], one["person"]) for one in listed["devices"]] == [(phone.device, zhou.person)]
    assert (await http.get("/v1/devices", headers=office)).json()["devices"] == []
    refused = await http.get("/v1/devices", params={"person": admin.person}, headers=own)
    assert (refused.status_code, refused.json()["code"]) == (403, "identity.forbidden")


async def test_who_changes_the_own_password_keeps_one_time_codes_and_who_is_given_one_loses_them(
    identity: Identity, database: Database, admin: Caller, clock: HandClock
) -> None:
    zhou = await people.person(identity, admin, "zhoumin")
    setup = await identity.begin_totp(zhou, PASSWORD)
    await identity.prove_totp(zhou, people.totp(setup.secret, clock.moment.timestamp()))
    await identity.change_password(zhou, PASSWORD, "Another-one 2027")
    assert await refusal(identity.sessions.login("zhoumin", "Another-one 2027")) == "identity.totp_required"
    await identity.reset_password(admin.person, zhou.person, "Given-by-admin 1")
    await identity.sessions.login("zhoumin", "Given-by-admin 1")
    changed = await events(database, "identity.password_changed")
    assert [(row.actor, row.subject, row.payload) for row in changed] == [
        (zhou.person, zhou.person, '{"totp_dropped":false}'),
        (admin.person, zhou.person, '{"totp_dropped":true}'),
    ]


async def test_the_last_administrator_stays(identity: Identity, admin: Caller) -> None:
    assert await refusal(identity.revoke(admin.person, admin.person, Role.ADMIN, "system")) == "identity.last_admin"
    second = await people.person(identity, admin, "second", (Role.ADMIN, "system"))
    both = [identity.revoke(admin.person, one.person, Role.ADMIN, "system") for one in (admin, second)]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "Refused"]


async def test_the_programs_own_persons_write_everywhere_but_cannot_sign_in_or_be_granted_anything(
    identity: Identity, admin: Caller
) -> None:
    worker = system_caller(WORKER)
    assert worker.role_in(SECTION) == {"system"}
    assert worker.holds(SECTION)
    assert await refusal(identity.sessions.login(WORKER.login, "")) == "identity.wrong_password"
    assert await refusal(identity.sessions.enrolment(admin, WORKER.person)) == "request.not_found"
    assert await refusal(identity.grant(admin.person, WORKER.person, Role.ADMIN, "system")) == "request.not_found"
    assert await refusal(identity.reset_password(admin.person, WORKER.person, PASSWORD)) == "request.not_found"
    await identity.prepare()  # every start does this again


# HTTP ------------------------------------------------------------------------------------------------------------


async def test_an_administrator_runs_the_house_over_http(
    identity: Identity, admin: Caller, http: httpx.AsyncClient
) -> None:
    signed_in = await http.post("/v1/login", json={"login": "admin", "password": PASSWORD})
    assert signed_in.status_code == 200
    head = {"Authorization": f"Bearer {signed_in.json()['token']}"}
    made = await http.post("/v1/persons", json={"name": "周敏", "login": "zhoumin", "password": PASSWORD}, headers=head)
    assert made.status_code == 201
    person = made.json()["id"]
    grant = f"/v1/persons/{person}/grants/inspector/{SECTION}"
    for _ in range(2):
        assert (await http.put(grant, headers=head)).status_code == 204
    listed = (await http.get("/v1/persons", headers=head)).json()["persons"]
    assert {one["login"]: one.get("grants", []) for one in listed} == {
        "admin": [{"role": "admin", "scope": "system"}],
        "zhoumin": [{"role": "inspector", "scope": SECTION}],
    }
    for _ in range(2):
        assert (await http.delete(grant, headers=head)).status_code == 204
    listed = (await http.get("/v1/persons", headers=head)).json()["persons"]
    assert [one.get("grants", []) for one in listed if one["login"] == "zhoumin"] == [[]]
    code = (await http.post("/v1/enrolments", json={"person": person}, headers=head)).json()["code"]
    phone = await http.post("/v1/enrol", json={"code": code, "device": "小米 14", "replica": new_id()})
    assert phone.status_code == 201
    me = await http.get("/v1/me", headers={"Authorization": f"Bearer {phone.json()['token']}"})
    assert (me.json()["name"], me.json()["device"]) == ("周敏", phone.json()["device"])
    new = {"password": "Given-by-admin 1"}
    assert (await http.post(f"/v1/persons/{person}/password", json=new, headers=head)).status_code == 204
    await identity.sessions.login("zhoumin", "Given-by-admin 1")


async def test_people_of_a_scope_are_named_to_each_other_and_to_nobody_else(
    identity: Identity, admin: Caller, http: httpx.AsyncClient
) -> None:
    zhou = await people.person(identity, admin, "zhou", (Role.INSPECTOR, SECTION))
    chen = await people.person(identity, admin, "chen", (Role.CONTRACTOR, SECTION))
    token = await identity.sessions.login("zhou", PASSWORD)
    told = await http.get(f"/v1/scopes/{SECTION}/people", headers=bearer(token))
    assert {one["id"]: one["name"] for one in told.json()["people"]} == {zhou.person: zhou.name, chen.person: chen.name}
    stranger = await identity.sessions.login("admin", PASSWORD)
    assert (await http.get(f"/v1/scopes/{SECTION}/people", headers=bearer(stranger))).status_code == 403
    assert (await http.get(f"/v1/scopes/{SECTION}/people")).status_code == 401


async def test_strangers_and_ordinary_people_are_kept_out_of_every_administrators_route(
    identity: Identity, admin: Caller, http: httpx.AsyncClient
) -> None:
    await people.person(identity, admin, "zhoumin")
    session = await identity.sessions.login("zhoumin", PASSWORD)
    doors = [
        ("GET", "/v1/persons"),
        ("POST", "/v1/persons"),
        ("POST", f"/v1/persons/{admin.person}/password"),
        ("PUT", f"/v1/persons/{session.person}/grants/admin/system"),
        ("DELETE", f"/v1/persons/{admin.person}/grants/admin/system"),
    ]
    for method, path in doors:
        assert (await http.request(method, path)).status_code == 401
        assert (await http.request(method, path, headers=bearer(session))).status_code == 403


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer \x7f", "Bearer " + "a" * 9000, "Bearer ünïcode"]
)
async def test_odd_authorization_is_unauthenticated(http: httpx.AsyncClient, header: str) -> None:
    answer = await http.get("/v1/me", headers={b"Authorization": header.encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "identity.unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


BAD_BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"login": 1, "password": "x"}',
    b'{"login": "abc\\n", "password": "x"}',
    b'{"login": "a\\u0000bc", "password": "x"}',
    b'{"login": "admin", "password": "' + b"x" * 300 + b'"}',
    b'{"login": "admin", "password": "x", "totp": "12345a"}',
    b'{"login": "admin", "password": "\\ud800"}',
    b'{"code": "00000-00000", "device": "a\\u0000", "replica": "x"}',
    b'{"code": "00000-00000", "device": "phone", "replica": "01a1fdb4-fb89-45ab-bf5d-ed1e4ca74035"}',
    b'{"name": "", "login": "zhoumin", "password": "x"}',
    b'{"person": "nobody"}',
    b'{"x":' * 5000,
    b'"' + b"x" * 20_000 + b'"',
]


@pytest.mark.parametrize("path", ["/v1/login", "/v1/enrol", "/v1/persons", "/v1/enrolments", "/v1/me/password"])
async def test_bad_bodies_are_answered_with_a_listed_problem(
    identity: Identity, admin: Caller, http: httpx.AsyncClient, path: str
) -> None:
    head = bearer(await identity.sessions.login("admin", PASSWORD))
    for body in BAD_BODIES:
        answer = await http.post(path, content=body, headers=head)
        if answer.is_success:  # an unknown key is no error, and a code for oneself needs none
            assert path == "/v1/enrolments"
            continue
        assert answer.status_code in (400, 401, 413, 422), (body[:60], answer.text)
        assert answer.json()["code"] in PROBLEMS
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("odd", ["x", "%00", "%ff", "a" * 5000, "01a1fdb4-fb89-75ab-bf5d-ed1e4ca74035%0a"])
async def test_odd_paths_are_answered_with_a_listed_problem(
    identity: Identity, admin: Caller, http: httpx.AsyncClient, odd: str
) -> None:
    head = bearer(await identity.sessions.login("admin", PASSWORD))
    answers = [
        await http.put(f"/v1/persons/{odd}/grants/inspector/{SECTION}", headers=head),
        await http.put(f"/v1/persons/{admin.person}/grants/{odd}/{SECTION}", headers=head),
        await http.put(f"/v1/persons/{admin.person}/grants/inspector/{odd}", headers=head),
        await http.delete(f"/v1/devices/{odd}", headers=head),
        await http.get("/v1/devices", params={"person": odd}, headers=head),
        await http.get("/v1/persons", params={"after": odd}, headers=head),
    ]
    assert {answer.status_code for answer in answers} <= {404, 422}


# The trace -------------------------------------------------------------------------------------------------------


async def test_what_happened_is_in_the_journal_and_no_secret_is(
    identity: Identity, database: Database, admin: Caller, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    zhou = await people.person(identity, admin, "zhoumin", (Role.INSPECTOR, SECTION))
    await refusal(identity.sessions.login("zhoumin", "a wrong guess"))
    await refusal(identity.sessions.login("my secret by mistake", "x"))
    setup = await identity.begin_totp(zhou, PASSWORD)
    await identity.prove_totp(zhou, people.totp(setup.secret, clock.moment.timestamp()))
    code = await identity.sessions.enrolment(zhou)
    session = await identity.sessions.enrol(code.code, new_id(), "phone")
    assert session.device
    await refusal(identity.sessions.enrol(code.code, new_id(), "another"))
    await identity.revoke_device(zhou, session.device)
    await identity.revoke(admin.person, zhou.person, Role.INSPECTOR, SECTION)

    rows = await database.read(lambda tx: tx.execute(sa.select(journal)).all())
    own = [row.event for row in sorted(rows, key=lambda r: r.pos) if row.stream == person_scope(zhou.person)]
    assert own == [
        "identity.person_created",
        "identity.granted",
        "identity.logged_in",
        "identity.login_failed",
        "identity.totp_enabled",
        "identity.enrolment_opened",
        "identity.enrolled",
        "identity.enrolment_refused",
        "identity.device_revoked",
        "identity.revoked",
    ]
    assert [row.actor for row in await events(database, "identity.granted")] == [WORKER.person, admin.person]
    (failed,) = await events(database, "identity.login_failed")  # the unknown login left no row
    assert (failed.actor, failed.subject) == ("nobody", zhou.person)
    told = repr(rows) + caplog.text
    for secret in (PASSWORD, "a wrong guess", "my secret", setup.secret, code.code, session.token):
        assert secret not in told


async def test_nothing_in_the_database_can_be_used_to_sign_in(
    identity: Identity, database: Database, admin: Caller
) -> None:
    code = await identity.sessions.enrolment(admin)
    session = await people.phone(identity, admin)

    def dump(tx: sa.Connection) -> str:
        names = ("persons", "tokens", "enrolments", "attempts", "devices", "journal")
        return repr([tx.execute(sa.text(f"SELECT * FROM {name}")).all() for name in names])  # noqa: S608

    kept = await database.read(dump)
    for secret in (PASSWORD, session.token, code.code, code.code.replace("-", "")):
        assert secret not in kept
    assert "$argon2id$" in kept
