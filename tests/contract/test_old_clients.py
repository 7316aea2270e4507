"""Old clients: what they sent is still taken and answered as it was; what they do not know does not break them."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.kernel.settings import Settings
from sync.ports import Unreachable
from tests.contract.old_clients import FOLDER, differences, furnish, open_program, replay
from tests.support.http import serving
from tests.sync.world import SECTION, TestPhone, World

STORIES = sorted(path.stem for path in FOLDER.glob("*.json"))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = "" if request.param == "sqlite" else request.getfixturevalue("new_postgres_database")()
    return Settings(data_dir=str(tmp_path), database_url=url, embedded_worker=False)


@pytest.mark.anyio
@pytest.mark.parametrize("name", STORIES)
async def test_every_recorded_request_is_answered_as_it_was(settings: Settings, name: str) -> None:
    story = msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())
    program = open_program(settings)
    known = await furnish(program)
    async with serving(program) as http:
        assert await replay(http, story, known) == []


def test_the_comparison_lets_a_later_version_add_and_nothing_else() -> None:
    then = {"receipts": [{"opId": "a", "code": "op.applied"}], "serverTime": "then", "more": False}
    now: dict[str, Any] = {**then, "serverTime": "now", "weather": "fine"}
    now["receipts"] = [{"opId": "new", "code": "op.parked"}, {"opId": "a", "code": "op.applied", "colour": "blue"}]
    assert differences(then, now) == []
    assert differences(then, {**now, "serverTime": 5}) == ["/serverTime is another kind of value"]
    assert differences(then, {**now, "more": 0}) == ["/more is 0, was False"]
    assert differences(then, {**now, "receipts": []}) == ["/receipts/a is gone"]
    assert differences(then, {"receipts": [{"opId": "a", "code": "op.merged"}]}) == [
        "/receipts/a/code is 'op.merged', was 'op.applied'",
        "/serverTime is gone",
        "/more is gone",
    ]


class Later:
    """A server of a later version: it adds to every answer what today's phone has never heard of."""

    def __init__(self, phone: TestPhone) -> None:
        self.carry = phone.replica._transport.exchange
        self.outcome: str | None = None

    def exchange(self, body: bytes) -> bytes:
        answer = msgspec.json.decode(self.carry(body))
        answer["forecast"] = {"rain": ["tomorrow"]}
        answer.setdefault("limits", {})["dreams"] = 3
        answer.setdefault("notices", []).append({"code": "season.winter", "params": {"c": "-3"}, "mood": [1]})
        for entry in answer.get("changes", []):
            entry["smell"] = "asphalt"
        strange = {"type": "echo", "seq": 10_000, "scope": SECTION, "kind": "report", "id": "x", "rev": 1, "of": {}}
        answer.setdefault("changes", []).insert(0, strange)
        for receipt in answer.get("receipts", []):
            receipt["stars"] = 5
            receipt["outcome"] = self.outcome or receipt["outcome"]
        return msgspec.json.encode(answer)


def test_a_phone_passes_over_what_it_does_not_know() -> None:
    world = World()
    phone, other = TestPhone(world, "old"), TestPhone(world, "other")
    phone.replica._transport = Later(phone)
    key = other.replica.create("report", SECTION, {"form": "f"})
    other.replica.sync()
    mine = phone.replica.create("report", SECTION, {"form": "g"})
    done = phone.replica.sync()
    assert done[-1].mismatched == ()
    assert (phone.replica.view(key), phone.replica.view(mine)) == ({"form": "f"}, {"form": "g"})
    assert [receipt.code for receipt in phone.storage.receipts()] == ["op.applied"]
    assert phone.storage.pending(10) == []


def test_an_op_with_an_outcome_it_does_not_know_is_kept_and_not_sent_for_ever() -> None:
    phone = TestPhone(World(), "old")
    later = phone.replica._transport = Later(phone)
    later.outcome = "dreamt"
    key = phone.replica.create("report", SECTION, {"form": "g"})
    phone.replica.sync(rounds=5)
    assert phone.storage.pending(10) == []
    assert phone.storage.receipts() == []
    assert len(phone.storage.pending_of(key)) == 1  # held: the person sees it
    assert phone.replica.view(key) == {"form": "g"}


@pytest.mark.parametrize("given", [b"", b"{", b"[]", b'{"receipts": 5}', b'{"changes": [', b"null"])
def test_what_is_no_answer_changes_nothing(given: bytes) -> None:
    phone = TestPhone(World(), "old")
    phone.replica._transport.exchange = lambda body: given  # type: ignore[method-assign]  # noqa: ARG005
    key = phone.replica.create("report", SECTION, {"form": "g"})
    with pytest.raises(Unreachable):
        phone.replica.exchange()
    assert [op.record for op in phone.storage.pending(10)] == [key]
