"""Settings that a server refuses to start with: no operator may undercut what every client counts on."""

import msgspec
import pytest

from mobile_contract.sync import MINIMUM_LIMITS, Limits
from server.kernel.settings import BadSetting, Settings, load

CHOSEN = sorted(set(Limits.__struct_fields__) & set(Settings.__struct_fields__))
#: The grace of blobs must outlast the replay period, whatever that is.
GRACE = {"PLUMBLINE_BLOB_GRACE_DAYS": "365"}


def test_every_limit_but_the_size_of_a_unit_is_a_setting() -> None:
    assert set(Limits.__struct_fields__) - set(CHOSEN) == {"ops_per_unit"}


@pytest.mark.parametrize("name", CHOSEN)
def test_a_limit_is_taken_at_its_minimum_and_refused_one_below(name: str) -> None:
    minimum = getattr(MINIMUM_LIMITS, name)
    chosen = load(GRACE | {f"PLUMBLINE_{name.upper()}": str(minimum)})
    assert getattr(chosen.limits, name) == minimum
    with pytest.raises(BadSetting, match=rf"{name}={minimum - 1} is below {minimum}"):
        load(GRACE | {f"PLUMBLINE_{name.upper()}": str(minimum - 1)})


@pytest.mark.parametrize("name", CHOSEN)
def test_the_limits_in_force_are_the_settings(name: str) -> None:
    raised = getattr(Settings(), name) + 1
    assert getattr(msgspec.structs.replace(Settings(), **{name: raised}).limits, name) == raised


def test_no_limit_is_below_its_minimum_by_default() -> None:
    for name in Limits.__struct_fields__:
        assert getattr(Settings().limits, name) >= getattr(MINIMUM_LIMITS, name)
        assert getattr(Limits(), name) >= getattr(MINIMUM_LIMITS, name)


def test_blobs_outlast_the_ops_that_cite_them_by_a_day_at_least() -> None:
    days = {"PLUMBLINE_REPLAY_DAYS": "30"}
    assert load(days | {"PLUMBLINE_BLOB_GRACE_DAYS": "31"}).blob_grace_days == 31
    for grace in ("30", "29"):
        with pytest.raises(BadSetting, match=f"blob_grace_days={grace} must be more than replay_days=30"):
            load(days | {"PLUMBLINE_BLOB_GRACE_DAYS": grace})


def test_a_side_that_no_thumbnail_has_is_refused_when_the_server_starts() -> None:
    with pytest.raises(BadSetting, match="thumbnail_sides=15"):
        load({"PLUMBLINE_THUMBNAIL_SIDES": "15"})
