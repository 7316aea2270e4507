"""What one person and one project may store: refused where an upload begins, readably, and never for what is there."""

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from mobile_contract.ids import person_scope
from server.kernel.clock import new_id
from server.uploads import retention, store
from server.uploads.service import Uploads
from server.uploads.shares import stored
from tests.server.uploads.house import OTHER, PROJECT, SECTION, SETTINGS, House, begin, creation, problem, sha256
from tests.server.uploads.house import upload as bring

pytestmark = pytest.mark.anyio

SMALL = b"0123456789" * 100


def bounded(house: House, **bounds: int) -> None:
    """Have the house's uploads bounded anew."""
    settings = msgspec.structs.replace(SETTINGS, **bounds)
    house.uploads = Uploads(house.db, house.journal, house.jobs, house.files, settings, house.clock)


async def has(house: House, owner: str) -> int:
    return await house.db.read(lambda tx: stored(tx, owner))


@pytest.fixture
def limited(house: House) -> House:
    bounded(house, stored_bytes_per_person=2500, stored_bytes_per_project=3500, unfinished_uploads_per_project=3)
    return house


async def test_a_person_who_stored_as_much_as_they_may_is_told_so_and_others_are_not_stopped(
    limited: House, http: httpx.AsyncClient
) -> None:
    await bring(http, SMALL)
    await bring(http, SMALL[::-1])
    refused = problem(await http.post("/v1/uploads", headers=creation(SMALL + b"x")), "media.person_full")
    assert refused.json()["params"] == {"used": "2000", "limit": "2500"}
    assert "STORED_BYTES_PER_PERSON" in refused.text
    await bring(http, b"there is room for little")
    limited.speaker = limited.chen
    await bring(http, SMALL + b"x")


async def test_what_was_stored_is_never_refused_again_and_counts_once(limited: House, http: httpx.AsyncClient) -> None:
    await bring(http, SMALL)
    for _ in range(4):
        await begin(http, SMALL)
    assert await has(limited, person_scope(limited.zhou.person)) == 1000


async def test_what_uploads_under_way_declared_counts_until_they_end(limited: House, http: httpx.AsyncClient) -> None:
    address = await begin(http, SMALL)
    await begin(http, SMALL[::-1])
    problem(await http.post("/v1/uploads", headers=creation(SMALL + b"x")), "media.person_full")
    assert (await http.delete(address, headers={"Tus-Resumable": "1.0.0"})).status_code == 204
    await begin(http, SMALL + b"x")


async def test_a_project_has_a_bound_of_its_own_for_what_its_records_ask_for(
    limited: House, http: httpx.AsyncClient
) -> None:
    for person, scope in ((limited.zhou, SECTION), (limited.chen, SECTION), (limited.stranger, OTHER)):
        limited.speaker = person
        data = SMALL + person.person.encode()
        await limited.cite(scope, new_id(), data, person)
        await bring(http, data)
    assert await has(limited, PROJECT) == 3 * 1036
    await limited.cite(OTHER, new_id(), SMALL, limited.stranger)
    problem(await http.post("/v1/uploads", headers=creation(SMALL)), "media.project_full")
    await bring(http, SMALL[::-1])  # of no project


async def test_a_project_has_a_bound_of_unfinished_uploads(limited: House, http: httpx.AsyncClient) -> None:
    for number in range(4):
        data = str(number).encode()
        await limited.cite(SECTION, new_id(), data, limited.zhou)
        if number < 3:
            await begin(http, data)
    problem(await http.post("/v1/uploads", headers=creation(b"3")), "media.project_uploads")
    await begin(http, b"of no project")


async def test_what_is_removed_is_given_back(limited: House, http: httpx.AsyncClient) -> None:
    await limited.cite(SECTION, "record", SMALL, limited.zhou)
    await bring(http, SMALL)
    assert (await has(limited, PROJECT), await has(limited, person_scope(limited.zhou.person))) == (1000, 1000)

    def remove(tx: sa.Connection) -> bool:
        store.uncite_all(tx, ["record"])
        retention.mark(tx, "", 100, "2020-01-01T00:00:00.000Z")
        return retention.begin_removal(tx, sha256(SMALL), "2030", "2029", "2029")

    assert await limited.db.write(remove)
    assert (await has(limited, PROJECT), await has(limited, person_scope(limited.zhou.person))) == (0, 0)
