"""How large a record may grow."""

from mobile_contract.ids import natural_id
from mobile_contract.sync import Limits
from mobile_contract.values import canonical
from tests.sync.world import SECTION, TestPhone, World

LOG = natural_id("test", "log")


def test_a_record_does_not_grow_without_end_and_what_is_too_much_is_parked() -> None:
    world = World()
    first = TestPhone(world, "chen")
    first.replica.create("report", SECTION, {"form": "f", "formVersion": 1, "fields": {"a": 1}}, LOG)
    share = "x" * 200_000
    for number in range(7):
        first.replica.patch(LOG, {f"fields/note_{number}": share})
    first.replica.sync()
    codes = [receipt.code for receipt in first.storage.receipts()[-7:]]
    assert codes == ["op.applied"] * 5 + ["op.record_too_large"] * 2
    assert len(canonical(world.records[LOG].values)) <= Limits().record_bytes
    first.replica.patch(LOG, {"fields/note_0": None})
    first.replica.patch(LOG, {"fields/note_7": share})
    first.replica.sync()
    assert first.storage.receipts()[-1].code == "op.applied"
