"""The length of recordings, from containers that strangers made."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media import recording
from media.sniff import HEAD_BYTES, sniff
from mobile_contract.media import MediaFacts
from mobile_contract.problems import Refused
from tests.media import recordings
from tests.support.refusals import refuses


def probe(data: bytes) -> MediaFacts:
    media_type = sniff(data[:HEAD_BYTES])
    assert media_type is not None
    return recording.probe(io.BytesIO(data), media_type)


@pytest.mark.parametrize("media_type", recordings.VIDEOS)
def test_a_video_says_its_size_and_length(media_type: str) -> None:
    found = probe(recordings.recording(media_type))
    assert (found.media_type, found.width, found.height) == (media_type, recordings.WIDTH, recordings.HEIGHT)
    assert found.duration_ms == pytest.approx(2000, abs=50)


@pytest.mark.parametrize("media_type", recordings.SOUNDS)
def test_a_sound_says_its_length_and_that_it_is_no_video(media_type: str) -> None:
    found = probe(recordings.recording(media_type))
    assert (found.media_type, found.width) == (media_type, None)
    assert found.duration_ms == pytest.approx(2000, abs=150)


def test_a_recording_that_was_streamed_is_walked_through_for_its_length() -> None:
    whole = recordings.recording("video/webm")
    assert whole.count(b"\x44\x89\x88") == 1  # the element of the duration, 8 bytes long
    streamed = whole.replace(b"\x44\x89\x88", b"\xec\x81\x00\xec\x87", 1)[: len(whole) + 2]
    assert probe(streamed).duration_ms == pytest.approx(2000, abs=150)


@pytest.mark.parametrize(
    "playlist",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ID3\x03\0\0\0\0\0\x0a" + b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/\n",
        b"\x1aE\xdf\xa3webm" + b"ffconcat version 1.0\nfile /etc/passwd\n" * 50,
    ],
)
def test_a_list_of_other_files_is_no_recording(playlist: bytes) -> None:
    media_type = sniff(playlist)
    for reader in [media_type] if media_type else recording.READERS:
        with refuses("media.undecodable"):
            recording.probe(io.BytesIO(playlist), reader)


SEEDS = [recordings.recording(media_type, 1) for media_type in ("video/mp4", "video/webm", "audio/ogg", "audio/wav")]


@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    st.floats(0.1, 1),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_recording_is_read_or_refused(seed: bytes, damage: list[tuple[float, int]], kept: float) -> None:
    data = bytearray(seed[: int(len(seed) * kept)])
    for place, value in damage:
        data[int(place * len(data))] = value
    media_type = sniff(bytes(data))
    if media_type in recording.READERS:
        try:
            found = recording.probe(io.BytesIO(bytes(data)), media_type)
        except Refused as refusal:
            assert refusal.code == "media.undecodable"  # noqa: PT017 - not being refused is fine too
        else:
            assert found.duration_ms is None or found.duration_ms > 0
