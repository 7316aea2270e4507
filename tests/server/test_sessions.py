"""Sessions: guessing is slow, codes work once, and taking back is immediate."""

import asyncio

import httpx
import pytest

from mobile_contract.identity import Session
from mobile_contract.problems import Refused
from server.identity import Caller, Identity, desk_replica
from server.kernel.clock import new_id
from tests.support import people
from tests.support.clock import HandClock
from tests.support.people import PASSWORD, bearer, refusal

pytestmark = pytest.mark.anyio


# Signing in ------------------------------------------------------------------------------------------------------


async def test_the_first_administrator_is_made_once(identity: Identity, admin: Caller) -> None:
    admin.require_admin()
    assert await refusal(identity.create_first_admin("Mallory", "mallory", PASSWORD)) == "identity.forbidden"
    assert await refusal(identity.sessions.login("mallory", PASSWORD)) == "identity.wrong_password"


async def test_a_login_gives_a_token_for_the_persons_own_desk_replica(identity: Identity, admin: Caller) -> None:
    session = await identity.sessions.login("ADMIN", PASSWORD)
    caller = await identity.sessions.caller(session.token)
    assert (caller.person, caller.device) == (admin.person, None)
    assert caller.replica == session.replica == desk_replica(admin.person)


async def test_a_session_ends_in_time_and_at_logout(
    identity: Identity, admin: Caller, clock: HandClock, http: httpx.AsyncClient
) -> None:
    first, second = [await identity.sessions.login("admin", PASSWORD) for _ in range(2)]
    assert (await http.get("/v1/me", headers=bearer(first))).status_code == 200
    assert (await http.post("/v1/logout", headers=bearer(first))).status_code == 204
    assert (await http.get("/v1/me", headers=bearer(first))).status_code == 401
    clock.forward(hours=11)
    assert (await http.get("/v1/me", headers=bearer(second))).status_code == 200
    clock.forward(hours=1)
    assert (await http.get("/v1/me", headers=bearer(second))).status_code == 401


async def test_brute_force_is_locked_out_ever_longer_even_with_the_right_password(
    identity: Identity, admin: Caller, clock: HandClock
) -> None:
    for _ in range(5):
        assert await refusal(identity.sessions.login("admin", "guess")) == "identity.wrong_password"
    with pytest.raises(Refused) as caught:
        await identity.sessions.login("admin", PASSWORD)
    assert (caught.value.code, caught.value.params) == ("identity.locked", {"seconds": "61"})
    clock.forward(seconds=60)
    assert await refusal(identity.sessions.login("admin", "guess")) == "identity.wrong_password"
    clock.forward(seconds=119)
    assert await refusal(identity.sessions.login("admin", PASSWORD)) == "identity.locked"
    clock.forward(seconds=1)
    await identity.sessions.login("admin", PASSWORD)
    assert await refusal(identity.sessions.login("admin", "guess")) == "identity.wrong_password"
    await identity.sessions.login("admin", PASSWORD)


async def test_guesses_sent_side_by_side_are_all_counted(identity: Identity, admin: Caller) -> None:
    guesses = (refusal(identity.sessions.login("admin", f"guess {n}")) for n in range(12))
    codes = await asyncio.gather(*guesses)
    assert sorted(codes) == ["identity.locked"] * 7 + ["identity.wrong_password"] * 5


async def test_an_unknown_login_is_answered_and_locked_like_a_known_one(identity: Identity, admin: Caller) -> None:
    codes = [await refusal(identity.sessions.login("nobody", PASSWORD)) for _ in range(6)]
    assert codes == ["identity.wrong_password"] * 5 + ["identity.locked"]


async def test_one_time_codes_are_asked_for_once_proven_and_never_taken_twice(
    identity: Identity, admin: Caller, clock: HandClock
) -> None:
    setup = await identity.begin_totp(admin, PASSWORD)
    assert "Plumbline" in setup.uri
    await identity.sessions.login("admin", PASSWORD)  # not yet in force
    shown = people.totp(setup.secret, clock.moment.timestamp())
    await identity.prove_totp(admin, shown)
    assert await refusal(identity.sessions.login("admin", PASSWORD)) == "identity.totp_required"
    assert await refusal(identity.sessions.login("admin", PASSWORD, shown)) == "identity.wrong_password"
    clock.forward(seconds=30)
    shown = people.totp(setup.secret, clock.moment.timestamp())
    await identity.sessions.login("admin", PASSWORD, shown)
    assert await refusal(identity.sessions.login("admin", PASSWORD, shown)) == "identity.wrong_password"
    clock.forward(minutes=5)
    assert await refusal(identity.sessions.login("admin", PASSWORD, shown)) == "identity.wrong_password"
    assert await refusal(identity.begin_totp(admin, PASSWORD)) == "identity.totp_active"


async def test_a_phone_whose_clock_is_half_a_minute_off_still_signs_in(
    identity: Identity, admin: Caller, clock: HandClock
) -> None:
    setup = await identity.begin_totp(admin, PASSWORD)
    await identity.prove_totp(admin, people.totp(setup.secret, clock.moment.timestamp() - 30))
    ahead = people.totp(setup.secret, clock.moment.timestamp() + 30)
    await identity.sessions.login("admin", PASSWORD, ahead)


@pytest.mark.parametrize(
    "weak", ["Short1!", "alllowercaseletters", "nouppercase123", "xZhoumin-2026x", "", "          "]
)
async def test_weak_passwords_are_refused(identity: Identity, admin: Caller, weak: str) -> None:
    code = await refusal(identity.create_person(admin.person, "周敏", "zhoumin", weak))
    assert code == "identity.weak_password"


async def test_changing_a_password_needs_the_old_one_and_ends_desk_sessions(
    identity: Identity, admin: Caller, http: httpx.AsyncClient
) -> None:
    session = await identity.sessions.login("admin", PASSWORD)
    body = {"old": "not it", "new": "Another-one 2027"}
    assert (await http.post("/v1/me/password", json=body, headers=bearer(session))).status_code == 401
    body["old"] = PASSWORD
    assert (await http.post("/v1/me/password", json=body, headers=bearer(session))).status_code == 204
    assert (await http.get("/v1/me", headers=bearer(session))).status_code == 401
    await identity.sessions.login("admin", "Another-one 2027")


# Phones ----------------------------------------------------------------------------------------------------------


async def test_a_phone_enrols_once_with_a_code_and_speaks_for_its_owner(identity: Identity, admin: Caller) -> None:
    owner = await people.person(identity, admin, "zhoumin")
    replica, code = new_id(), (await identity.sessions.enrolment(owner)).code
    session = await identity.sessions.enrol(code.lower().replace("-", " "), replica, "小米 14")
    caller = await identity.sessions.caller(session.token)
    assert (caller.person, caller.replica, caller.device) == (owner.person, replica, session.device)
    assert await refusal(identity.sessions.enrol(code, new_id(), "another")) == "identity.bad_code"


async def test_a_phone_that_lost_the_answer_may_enrol_again_and_its_first_token_is_void(
    identity: Identity, admin: Caller
) -> None:
    replica, code = new_id(), (await identity.sessions.enrolment(admin)).code
    lost = await identity.sessions.enrol(code, replica, "小米 14")
    again = await identity.sessions.enrol(code, replica, "小米 14")
    assert again.device == lost.device
    assert await refusal(identity.sessions.caller(lost.token)) == "identity.unauthenticated"
    assert (await identity.sessions.caller(again.token)).replica == replica


async def test_two_phones_racing_for_one_code_end_with_one_enrolled(identity: Identity, admin: Caller) -> None:
    code = (await identity.sessions.enrolment(admin)).code
    outcomes = await asyncio.gather(
        *(identity.sessions.enrol(code, new_id(), "phone") for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Session) for outcome in outcomes) == 1
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Refused)} == {"identity.bad_code"}


async def test_expired_unknown_and_crowded_out_codes_enrol_nobody(
    identity: Identity, admin: Caller, clock: HandClock
) -> None:
    assert await refusal(identity.sessions.enrol("00000-00000", new_id(), "phone")) == "identity.bad_code"
    code = (await identity.sessions.enrolment(admin)).code
    clock.forward(minutes=15)
    assert await refusal(identity.sessions.enrol(code, new_id(), "phone")) == "identity.bad_code"
    codes = []
    for _ in range(6):
        codes.append((await identity.sessions.enrolment(admin)).code)
        clock.forward(seconds=1)
    assert await refusal(identity.sessions.enrol(codes[0], new_id(), "phone")) == "identity.bad_code"
    for code in codes[1:]:
        await identity.sessions.enrol(code, new_id(), "phone")


async def test_a_replica_belongs_to_one_person_for_good(identity: Identity, admin: Caller) -> None:
    owner = await people.person(identity, admin, "zhoumin")
    session = await people.phone(identity, owner)
    code = (await identity.sessions.enrolment(admin)).code
    assert await refusal(identity.sessions.enrol(code, session.replica, "theft")) == "identity.replica_taken"
    await identity.sessions.enrol(code, new_id(), "the code is still good")


async def test_a_revoked_device_is_refused_at_once_is_told_why_and_cannot_return_under_its_replica(
    identity: Identity, admin: Caller, http: httpx.AsyncClient
) -> None:
    owner = await people.person(identity, admin, "zhoumin")
    session = await people.phone(identity, owner)
    assert (await http.get("/v1/me", headers=bearer(session))).json()["device"] == session.device
    desk = await identity.sessions.login("zhoumin", PASSWORD)
    assert (await http.delete(f"/v1/devices/{session.device}", headers=bearer(desk))).status_code == 204
    refused = await http.get("/v1/me", headers=bearer(session))
    assert (refused.status_code, refused.json()["code"]) == (401, "identity.device_revoked")
    (listed,) = (await http.get("/v1/devices", headers=bearer(desk))).json()["devices"]
    assert listed["revokedAt"]
    code = (await identity.sessions.enrolment(owner)).code
    assert await refusal(identity.sessions.enrol(code, session.replica, "back")) == "identity.replica_taken"


async def test_a_phone_cannot_enrol_successors(identity: Identity, admin: Caller) -> None:
    caller = await identity.sessions.caller((await people.phone(identity, admin)).token)
    assert await refusal(identity.sessions.enrolment(caller)) == "identity.forbidden"


async def test_whoever_holds_the_server_makes_a_code_for_any_login(identity: Identity, admin: Caller) -> None:
    zhou = await people.person(identity, admin, "zhoumin")
    code = await identity.sessions.enrolment_of("ZhouMin")
    assert (await identity.sessions.enrol(code.code, new_id(), "phone")).person == zhou.person
    for login in ("nobody", "worker"):
        assert await refusal(identity.sessions.enrolment_of(login)) == "request.not_found"


async def test_only_administrators_open_codes_for_others_and_revoke_their_devices(
    identity: Identity, admin: Caller, http: httpx.AsyncClient
) -> None:
    zhou, chen = [await people.person(identity, admin, login) for login in ("zhoumin", "chenjianguo")]
    assert await refusal(identity.sessions.enrolment(chen, zhou.person)) == "identity.forbidden"
    code = await identity.sessions.enrolment(admin, zhou.person)
    session = await identity.sessions.enrol(code.code, new_id(), "phone")
    assert session.person == zhou.person
    assert session.device
    assert await refusal(identity.revoke_device(chen, session.device)) == "request.not_found"
    desk = await identity.sessions.login("chenjianguo", PASSWORD)
    listing = await http.get("/v1/devices", params={"person": zhou.person}, headers=bearer(desk))
    assert listing.status_code == 403
    await identity.revoke_device(admin, session.device)
    assert await refusal(identity.sessions.caller(session.token)) == "identity.device_revoked"
