"""Settings that a server refuses to start with: no operator may undercut what every client counts on."""

from pathlib import Path

import msgspec
import msgspec.inspect
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


# -- where they are read ----------------------------------------------------------------------------------------------


def test_the_environment_has_the_last_word_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "plumbline.toml"
    config.write_text('host = "0.0.0.0"\nport = 80\n', "utf-8")
    read = load({"PLUMBLINE_CONFIG": str(config), "PLUMBLINE_PORT": "8080", "PORT": "9", "plumbline_host": "no"})
    assert (read.host, read.port) == ("0.0.0.0", 8080)  # noqa: S104 - not listened on
    assert load({}) == Settings()
    assert load({"PLUMBLINE_CONFIG": ""}) == Settings()


def test_this_process_is_asked_unless_another_environment_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_PORT", "8081")
    assert load().port == 8081
    assert load({}).port == 8470


@pytest.mark.parametrize(
    ("environment", "file", "said"),
    [
        ({"PLUMBLINE_CONFIG": "{folder}/none.toml"}, "", "none.toml cannot be read"),
        ({"PLUMBLINE_CONFIG": "{folder}/a.toml"}, "port = = 1", "a.toml cannot be read"),
        ({"PLUMBLINE_CONFIG": "{folder}/a.toml"}, "colour = 1", "a value it cannot have: .*colour"),
        ({"PLUMBLINE_COLOUR": "red"}, "", "PLUMBLINE_COLOUR is not a setting; `plumbline doctor` lists them"),
        ({"PLUMBLINE_PORT": "many"}, "", "a value it cannot have: .*port"),
    ],
)
def test_what_cannot_be_read_is_named(environment: dict[str, str], file: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(file, "utf-8")
    with pytest.raises(BadSetting, match=said):
        load({name: value.format(folder=tmp_path) for name, value in environment.items()})


# -- what they may be -------------------------------------------------------------------------------------------------

#: The least and the most of each number that is bounded by itself; None: no bound on that side.
BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "port": (0, 65_535),
    "head_bytes": (8192, 1_048_576),
    "head_seconds": (1, 300),
    "body_seconds": (1, 600),
    "s3_link_seconds": (0, 3600),
    "token_hours": (1, 8784),
    "desk_token_hours": (1, 168),
    "login_failures": (1, 100),
    "enrolment_minutes": (1, 1440),
    "ocr_audit_percent": (1, 100),
    "claim_seconds": (30, 3600),
    "image_megapixels": (1, 1000),
    "image_seconds": (1, None),
    "image_memory_mb": (64, None),
    "worker_concurrency": (1, 64),
    "uploads_at_once": (1, 64),
    "sign_ins_waiting": (4, 1000),
    "unfinished_uploads": (10, None),
    "unfinished_uploads_per_project": (10, None),
    "stored_bytes_per_person": (1_073_741_824, None),
    "stored_bytes_per_project": (1_073_741_824, None),
    "upload_silence_seconds": (1, None),
    "parked_ops_per_person": (100, None),
    "push_bytes": (65_536, None),
    "parked_bytes_per_person": (1_048_576, None),
    "quarantine_hours": (0, None),
    "quarantine_ops": (0, None),
    "quarantine_bytes": (0, None),
    "quarantine_media_bytes": (0, None),
    "blob_grace_days": (7, 3660),
    "replay_days": (None, 3650),
    "exchanges_per_minute": (60, 1_000_000),
    "exchanges_at_once": (1, 1000),
    "wake_connections": (0, 1_000_000),
    "wake_per_person": (1, 1000),
    "wake_heartbeat_seconds": (1, 300),
    "wake_recheck_seconds": (1, 3600),
    "wake_poll_seconds": (1, 300),
    "takeaways_open": (1, 100),
    "takeaway_days": (1, 7),
    "seal_seconds": (1, 60),
}


def chosen(**values: object) -> Settings:
    return msgspec.convert(values, Settings)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_number_is_taken_at_its_bounds_and_refused_beyond(name: str) -> None:
    least, most = BOUNDS[name]
    for bound, beyond in ((least, -1), (most, 1)):
        if bound is not None:
            assert getattr(chosen(**{name: bound}), name) == bound
            with pytest.raises(msgspec.ValidationError, match=name):
                chosen(**{name: bound + beyond})


def test_the_bounds_above_are_all_there_are() -> None:
    bounded = {
        field.name
        for field in msgspec.structs.fields(Settings)
        if isinstance(kind := msgspec.inspect.type_info(field.type), msgspec.inspect.Metadata)
        and isinstance(kind.type, msgspec.inspect.IntType)
        and (kind.type.ge, kind.type.le) != (None, None)
    }
    assert bounded == set(BOUNDS)


@pytest.mark.parametrize("name", ["ocr_detection_model", "ocr_recognition_model"])
def test_the_name_of_a_model_is_one_folder_and_nowhere_else(name: str) -> None:
    assert getattr(chosen(**{name: "a" * 100}), name) == "a" * 100
    for bad in ("", "../up", "a/b", ".hidden", "a" * 101):
        with pytest.raises(msgspec.ValidationError):
            chosen(**{name: bad})


def test_an_engine_is_one_of_two() -> None:
    assert [chosen(ocr_engine=name).ocr_engine for name in ("paddle", "rapid")] == ["paddle", "rapid"]
    with pytest.raises(msgspec.ValidationError):
        chosen(ocr_engine="tesseract")


# -- what follows from them -------------------------------------------------------------------------------------------


def test_the_database_and_the_key_are_in_the_folder_unless_they_are_named(tmp_path: Path) -> None:
    embedded = chosen(data_dir=str(tmp_path))
    assert embedded.url == f"sqlite+aiosqlite:///{tmp_path}/plumbline.db"
    assert embedded.key_file == tmp_path / "seal.key"
    named = chosen(data_dir=str(tmp_path), database_url="postgresql+asyncpg://db/p", seal_key_file="/run/key")
    assert (named.url, named.key_file) == ("postgresql+asyncpg://db/p", Path("/run/key"))
    assert chosen(data_dir="here").url == f"sqlite+aiosqlite:///{Path.cwd()}/here/plumbline.db"


def test_sides_are_those_of_thumbnails_the_smallest_first_each_once() -> None:
    assert Settings().sides == (256, 1024)
    assert chosen(thumbnail_sides=" 2048, 16,256 ,16").sides == (16, 256, 2048)
    for bad in ("15", "2049", "", "256,", "256;512", "-16", "１６", "1e3", "0x40", "256999999999"):
        with pytest.raises(BadSetting, match="write sides of 16 to 2048"):
            _ = chosen(thumbnail_sides=bad).sides
