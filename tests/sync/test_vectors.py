"""The recorded exchanges: they are what the planner answers today, and the reference phone replays them exactly."""

from typing import Any

import msgspec
import pytest

from sync.ports import Unreachable
from tests.sync.vectors import FOLDER, perform, recorded
from tests.sync.world import TestPhone, World

NAMES = sorted(path.name for path in FOLDER.glob("*.json"))


def test_the_vectors_in_the_contract_are_what_the_planner_answers() -> None:
    assert {name: (FOLDER / name).read_bytes() for name in NAMES} == dict(recorded())


class Replay:
    """A network in which the recorded answers come back, to requests that must be the recorded ones."""

    def __init__(self, steps: list[dict[str, Any]]) -> None:
        self.exchanges = [step for step in steps if step["step"] == "exchange"]

    def exchange(self, body: bytes) -> bytes:
        step = self.exchanges.pop(0)
        assert msgspec.json.decode(body) == step["request"]
        if step["answer"] is None:
            raise Unreachable("recorded so")
        return msgspec.json.encode(step["answer"])


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_phone_replays(name: str) -> None:
    steps = msgspec.json.decode((FOLDER / name).read_bytes())["steps"]
    phone = TestPhone(World(), "recorded")
    replay = Replay(steps)
    phone.replica._transport = replay
    for step in steps:
        if step["step"] == "exchange":
            try:
                phone.replica.exchange()
            except Unreachable:
                continue
        elif step["step"] == "view":
            assert phone.replica.view(step["record"]) == step["values"]
        else:
            perform(phone, step)
            assert msgspec.json.decode(phone.storage.pending_of(step["record"])[-1].raw) == step["op"]
    assert replay.exchanges == []
