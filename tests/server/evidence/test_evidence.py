"""Evidence on the server: found by jobs, shown to who may read both sides, decided by people, never a refusal."""

from typing import Any

import pytest
import sqlalchemy as sa

from mobile_contract.media import Exif
from mobile_contract.records import Kind
from server.evidence import store
from server.identity import WORKER
from server.kernel.clock import new_id
from server.kernel.tables import journal
from tests.media import images
from tests.server.evidence.house import AT, FIX, PHASH, Site, shot
from tests.server.uploads.house import sha256

pytestmark = pytest.mark.anyio


async def test_one_photo_used_by_two_people_is_flagged_on_both_records(site: Site) -> None:
    first = await site.photo("zhou", b"a trench")
    assert await site.flags(first) == []
    second = await site.photo("chen", b"a trench")
    (here,), (there,) = await site.flags(first), await site.flags(second)
    assert here["code"] == "evidence.same_file"
    assert (here["other"], there["other"]) == (second, first)
    assert here["id"] == there["id"]
    assert here["params"]["people"] == "2"
    (listed,) = await site.listed("liweidong")
    assert {listed["record"], listed["other"]} == {first, second}
    assert {listed["person"], listed["otherPerson"]} == {site.who["zhou"].person, site.who["chen"].person}


async def test_an_old_photo_of_ones_own_is_flagged_and_three_of_one_day_are_not(site: Site) -> None:
    old = await site.photo("zhou", b"a trench", at="2026-11-11T08:00:00+08:00")
    await site.photo("zhou", b"a pipe")
    again = await site.photo("zhou", b"a pipe")
    assert await site.codes(again) == []
    used = await site.photo("zhou", b"a trench")
    assert [flag["other"] for flag in await site.flags(used)] == [old]


async def test_what_is_in_another_scope_is_told_only_to_who_reviews_both(site: Site) -> None:
    ours = await site.photo("chen", b"a trench", site.one)
    theirs = await site.photo("sun", b"a trench", site.two)
    assert await site.flags(ours) == await site.flags(theirs) == []
    assert await site.listed("liweidong") == await site.listed("yang") == []
    (flag,) = await site.listed("wangli")
    assert {flag["scope"], flag["otherScope"]} == {site.one, site.two}
    for login in ("yang", "chen", "liweidong"):  # whoever does not read both sides is told of neither
        answer = await site.decide(login, flag["id"], "dismiss")
        assert (answer.status_code, answer.json()["code"]) == (404, "request.not_found")
    assert (await site.decide("wangli", flag["id"], "confirm")).json()["state"] == "confirmed"
    assert await site.flags(ours) == []


async def test_a_hash_that_somebody_only_names_shows_nothing_of_its_bytes(site: Site) -> None:
    await site.photo("sun", b"a trench", site.two)
    await site.examined(b"a trench", exif=Exif(software="Adobe Photoshop"))
    named = await site.create("chen", Kind.PHOTO, site.one, blob=sha256(shot(b"a trench")), captured={"at": AT})
    assert await site.flags(named) == []


async def test_near_duplicates_are_found_when_the_facts_arrive_within_their_scope(site: Site) -> None:
    first, far = await site.photo("zhou", b"a trench"), await site.photo("zhou", b"a trench elsewhere", site.two)
    saved_again, unlike = await site.photo("chen", b"a trench, saved again"), await site.photo("chen", b"a pipe")
    for data, phash in (
        (b"a trench", PHASH),
        (b"a trench elsewhere", PHASH),
        (b"a pipe", PHASH ^ 0x3F),
        (b"a trench, saved again", PHASH ^ 0x8000_0001_0010_4000),
    ):
        await site.examined(data, phash=f"{phash:016x}")
    for record, other in ((first, saved_again), (saved_again, first)):
        (flag,) = await site.flags(record)
        assert (flag["code"], flag["params"]["bits"], flag["other"]) == ("evidence.similar_picture", "4", other)
    assert await site.flags(far) == await site.flags(unlike) == []


async def test_a_picture_that_an_editor_saved_again_is_found_from_its_bytes(site: Site) -> None:
    drawn = images.picture().rotate(20, expand=True)
    original = images.encode(drawn, "image/jpeg", exif=images.exif(orientation=1))
    tags = images.exif(orientation=1)
    tags[0x0131] = "Adobe Photoshop 25.0"
    tags.get_ifd(0x8769)[0x9003] = "2026:11:11 08:07:31"
    saved_again = images.encode(
        drawn.resize((drawn.width // 2, drawn.height // 2)), "image/jpeg", quality=40, exif=tags
    )
    at = "2026-11-18T08:04:00+08:00"
    first, second = await site.photo("zhou", original, at=at), await site.photo("chen", saved_again, at=at)
    assert await site.codes(first) == ["evidence.similar_picture"]
    assert sorted(await site.codes(second)) == ["evidence.edited", "evidence.similar_picture", "evidence.time_differs"]


async def test_of_captures_that_are_looked_at_at_once_each_is_held_against_the_others(site: Site) -> None:
    photo = {"blob": sha256(shot(b"a trench")), "captured": {"at": AT}}
    records = [await site.record("zhou", Kind.PHOTO, site.one, **photo)]
    records += [await site.record("chen", Kind.PHOTO, site.one, **photo)]
    await site.program.worker.drain()  # two jobs at a time
    assert [len(await site.flags(record)) for record in records] == [1, 1]


async def test_exif_mock_and_project_start_are_held_against_the_claim(site: Site) -> None:
    data = b"an old picture"
    early = await site.photo("zhou", data, at="2026-02-27T08:00:00+08:00", position=FIX)
    mocked = await site.photo("zhou", b"another", at="2026-02-27T08:00:00+08:00", position={**FIX, "mock": True})
    assert await site.codes(early) == ["evidence.before_start"]
    assert sorted(await site.codes(mocked)) == ["evidence.before_start", "evidence.mock_position"]
    said = Exif(taken_at="2025-02-27T08:00:00", lat=390_000_000, lon=1_160_000_000, software="Snapseed 2.0")
    await site.examined(data, exif=said)
    assert sorted(await site.codes(early)) == [
        "evidence.before_start",
        "evidence.edited",
        "evidence.place_differs",
        "evidence.time_differs",
    ]


async def test_a_person_in_two_places_at_once_is_flagged_in_the_feed_of_one_scope_and_not_across(site: Site) -> None:
    here = await site.check_in("zhou")
    there = await site.check_in("zhou", at="2026-11-18T07:52:00+08:00", lat=321_415_000)
    (flag,) = await site.flags(here)
    assert (flag["code"], flag["other"], flag["params"]["seconds"]) == ("evidence.impossible_travel", there, "120")
    elsewhere = await site.check_in("zhou", site.two, at="2026-11-18T07:54:00+08:00")
    assert await site.flags(elsewhere) == []
    assert [flag["otherScope"] for flag in await site.listed("wangli") if elsewhere in (flag["record"], flag["other"])]


@pytest.mark.parametrize(
    ("fix", "doubt", "code"),
    [
        ({"lat": 0, "lon": 0}, "nowhere", "evidence.position_nowhere"),
        ({"accuracyCm": 0}, "noAccuracy", "evidence.position_vague"),
        ({"accuracyCm": -100}, "noAccuracy", "evidence.position_vague"),
        ({"accuracyCm": None}, "noAccuracy", "evidence.position_vague"),
        ({"accuracyCm": 0, "mock": True}, "mock", "evidence.mock_position"),
        ({"lat": 1_187_674_000, "lon": 320_415_000}, None, "evidence.position_swapped"),
        ({"lat": 910_000_000, "lon": 1_900_000_000}, None, "evidence.position_off_earth"),
    ],
)
async def test_what_stands_for_no_fix_proves_nothing_accuses_of_nothing_and_is_named(
    site: Site, fix: dict[str, Any], doubt: str | None, code: str
) -> None:
    await site.fence()
    before = await site.check_in("zhou")
    doubtful = await site.check_in("zhou", at="2026-11-18T07:52:00+08:00", **fix)
    assert await site.codes(before) == []
    assert await site.codes(doubtful) == [code]
    reading = (await site.server(doubtful)).get("fence")  # none where there is no distance to be told
    assert (reading and (reading["verdict"], reading["doubt"])) == (doubt and ("uncertain", doubt))
    assert (await site.server(before))["fence"]["verdict"] == "inside"


async def test_a_clock_that_is_off_is_flagged_and_corrected(site: Site) -> None:
    off = await site.check_in("chen", at="2026-11-17T07:50:00+08:00", clock_offset_ms=86_400_000)
    assert await site.codes(off) == ["evidence.clock_off"]
    record = await site.program.db.read(lambda tx: site.program.replication.record(tx, off))
    assert record
    assert record.server["businessDate"] == "2026-11-18"


async def test_what_was_captured_long_before_its_person_came_is_flagged(site: Site) -> None:
    early = await site.check_in("chen", at="2026-01-30T08:00:00+08:00")
    late = await site.check_in("chen", at="2026-01-31T09:00:00+08:00")
    assert "evidence.before_grant" in await site.codes(early)
    assert "evidence.before_grant" not in await site.codes(late)


async def test_a_dismissed_flag_leaves_the_records_is_journaled_and_does_not_come_back(site: Site) -> None:
    first, second = await site.photo("zhou", b"a trench"), await site.photo("chen", b"a trench")
    (flag,) = await site.flags(first)
    answer = await site.decide("liweidong", flag["id"], "dismiss", "两人同拍一处")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["reason"]) == ("dismissed", "两人同拍一处")
    assert await site.flags(first) == await site.flags(second) == []
    for record in (first, second):
        await site.look_again(record)
    assert await site.flags(first) == await site.flags(second) == []
    assert await site.listed("liweidong") == []
    (kept,) = await site.listed("liweidong", state="dismissed")
    assert kept["by"] == site.who["liweidong"].person
    query = sa.select(journal.c.actor, journal.c.stream).where(journal.c.event == "evidence.dismissed")
    assert await site.program.db.read(lambda tx: [tuple(row) for row in tx.execute(query)]) == [
        (site.who["liweidong"].person, site.one)
    ]
    # Another decision takes its place: the records bear it again.
    assert (await site.decide("wangli", flag["id"], "confirm")).status_code == 200
    assert [(one["id"], one["state"]) for one in await site.flags(second)] == [(flag["id"], "confirmed")]
    # And it may be taken back: then it is to be looked at as if it were new.
    assert "state" not in (await site.decide("liweidong", flag["id"], "reopen", "证据不足")).json()  # it is open
    (again,) = await site.listed("liweidong", scope=site.one, code="evidence.same_file")
    assert (again["id"], again["reason"]) == (flag["id"], "证据不足")
    assert await site.listed("liweidong", code="evidence.mock_position") == []
    assert await site.listed("liweidong", project=flag["id"]) == []


async def test_looking_again_at_the_same_facts_changes_no_feed(site: Site) -> None:
    first = await site.photo("zhou", b"a trench")
    await site.photo("chen", b"a trench")
    before = await site.program.db.read(lambda tx: site.program.replication.record(tx, first))
    await site.look_again(first)
    assert await site.program.db.read(lambda tx: site.program.replication.record(tx, first)) == before


async def test_only_clerks_and_supervisors_decide_and_not_about_themselves(site: Site) -> None:
    await site.photo("chen", b"a trench")
    mine = await site.photo("wangli", b"a trench")
    (flag,) = await site.flags(mine)
    for login, status, code in (
        ("chen", 403, "identity.forbidden"),
        ("sun", 404, "request.not_found"),
        ("wangli", 403, "evidence.own"),
    ):
        answer = await site.decide(login, flag["id"], "dismiss")
        assert (answer.status_code, answer.json()["code"]) == (status, code), login
    assert (await site.decide("liweidong", flag["id"], "dismiss", " ")).status_code == 422
    assert (await site.decide("liweidong", new_id(), "dismiss")).status_code == 404
    assert await site.listed("chen") == []


async def test_a_record_that_moves_takes_its_flags_to_who_may_read_both_sides(site: Site) -> None:
    first, second = await site.photo("zhou", b"a trench"), await site.photo("chen", b"a trench")
    replication, db = site.program.replication, site.program.db
    await db.write(lambda tx: replication.move(tx, WORKER.person, [second], site.two))
    assert await site.flags(second) == []  # at once: the readers there are others
    await site.program.worker.drain()
    assert await site.flags(first) == await site.flags(second) == []
    assert len(await site.listed("wangli")) == 1
    await db.write(lambda tx: replication.move(tx, WORKER.person, [second], site.one))
    await site.program.worker.drain()
    assert await site.codes(first) == await site.codes(second) == ["evidence.same_file"]


async def test_an_old_photo_used_ever_again_is_held_against_the_first_ones_and_no_more(site: Site) -> None:
    await site.photo("zhou", b"a trench", site.two, at="2026-10-01T08:00:00+08:00")
    for day in range(13, 0, -1):
        await site.photo("zhou", b"a trench", at=f"2026-11-{day:02}T08:00:00+08:00")
    last = await site.photo("zhou", b"a trench", at="2026-11-14T08:00:00+08:00")
    flags = await site.flags(last)
    assert sorted(flag["params"]["earlier"] for flag in flags) == [f"2026-11-{day:02}" for day in range(1, 11)]


async def test_a_photo_that_names_no_digest_is_kept_and_compared_by_nothing(site: Site) -> None:
    captured = {"at": "never", "clockOffsetMs": -(2**53) + 1}
    record = await site.create("zhou", Kind.PHOTO, site.one, blob="照片\0" + "x" * 80, captured=captured)
    assert await site.codes(record) == ["evidence.clock_off"]
    rows = await site.program.db.read(lambda tx: store.standing(tx, record, 10))
    assert len(rows) == 1
