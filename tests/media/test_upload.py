"""The upload machine: whatever order requests come in, a committed byte is never lost and a stale one never counts."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from media import upload
from media.upload import PART_BYTES, Append, Complete, Expire, Phase, Preempt, Terminate, UploadProgress, step
from mobile_contract.problems import Refused
from tests.support.refusals import refuses

LIMIT = 4 * 1024**3
LATER = 1_000_000


def begun(length: int) -> UploadProgress:
    return step(upload.create(length, LATER, LIMIT), Preempt(LATER), 0)


def test_what_is_stored_of_an_upload_keeps_its_meaning() -> None:
    """Rows hold the phase by its name, and parts by an index that counts in eight MiB."""
    assert [*Phase] == ["receiving", "received", "stored", "mismatched", "expired", "terminated"]
    assert PART_BYTES == 8 * 1024 * 1024


def test_every_event_has_a_rule_in_every_phase() -> None:
    for phase in Phase:
        assert set(upload.TABLE[phase]) == {Preempt, Append, Complete, Expire, Terminate}


def test_an_upload_beyond_the_limit_is_refused_before_a_byte_travels() -> None:
    with refuses("media.too_long", limit=LIMIT):
        upload.create(LIMIT + 1, LATER, LIMIT)
    with refuses("request.invalid", reason="Upload-Length < 0"):
        upload.create(-1, LATER, LIMIT)
    assert upload.create(LIMIT, LATER, LIMIT) == UploadProgress(length=LIMIT, expires_at=LATER)


def test_a_file_of_more_parts_than_s3_takes_is_refused_before_a_byte_travels_whatever_the_limit() -> None:
    assert upload.create(10_000 * PART_BYTES, LATER, 1 << 50).offset == 0
    with refuses("media.too_long", limit=10_000 * PART_BYTES):
        upload.create(10_000 * PART_BYTES + 1, LATER, 1 << 50)


def test_an_empty_file_is_complete_from_the_start() -> None:
    assert upload.create(0, LATER, LIMIT).phase is Phase.RECEIVED


def test_a_newer_request_pre_empts_the_older_one() -> None:
    old = begun(100)
    new = step(old, Preempt(LATER), 1)
    with refuses("media.preempted"):
        step(new, Append(old.token, 0, 10), 2)
    assert step(new, Append(new.token, 0, 10), 2).offset == 10


def test_bytes_at_the_wrong_offset_or_beyond_the_length_are_refused() -> None:
    state = begun(100)
    for at in (1, 99, -1):
        with refuses("media.wrong_offset", offset=0):
            step(state, Append(state.token, at, 1), 0)
    for count in (101, -1):
        with refuses("media.beyond_length", length=100):
            step(state, Append(state.token, 0, count), 0)


def test_an_append_of_nothing_leaves_the_tail_under_the_token_that_wrote_it() -> None:
    state = step(begun(100), Append(1, 0, 10), 0)
    resumed = step(state, Preempt(LATER), 0)
    assert step(resumed, Append(2, 10, 0), 0) == resumed
    assert resumed.parts == (1,)


def test_an_append_writes_the_tail_anew_and_no_part_that_is_full() -> None:
    state = step(begun(4 * PART_BYTES), Append(1, 0, PART_BYTES + 5), 0)
    resumed = step(step(state, Preempt(LATER), 0), Append(2, PART_BYTES + 5, PART_BYTES), 0)
    assert state.parts == (1, 1)
    assert resumed.parts == (1, 2, 2)


def test_an_unfinished_upload_cannot_be_completed() -> None:
    state = begun(100)
    with refuses("media.wrong_offset", offset=0):
        step(state, Complete(matches=True), 0)


def test_a_file_that_is_not_what_was_declared_is_final() -> None:
    received = step(begun(1), Append(1, 0, 1), 0)
    mismatched = step(received, Complete(matches=False), 0)
    assert mismatched.phase is Phase.MISMATCHED
    for event in (Preempt(LATER), Append(1, 1, 0), Complete(matches=True)):
        with refuses("media.file_mismatch"):
            step(mismatched, event, 0)
    assert step(mismatched, Expire(), LATER) == mismatched


def test_a_finished_upload_answers_a_repeated_request_like_the_first() -> None:
    stored = step(step(begun(5), Append(1, 0, 5), 0), Complete(matches=True), 0)
    assert step(stored, Preempt(LATER * 2), LATER * 3) == stored
    assert step(stored, Append(9, 5, 0), 0) == stored
    assert step(stored, Complete(matches=False), 0) == stored
    assert step(stored, Expire(), LATER * 3) == stored
    with refuses("media.beyond_length", length=5):
        step(stored, Append(9, 5, 1), 0)
    with refuses("media.wrong_offset", offset=5):
        step(stored, Append(9, 4, 1), 0)


def test_an_upload_in_use_lives_on_and_an_abandoned_one_expires() -> None:
    state = upload.create(10, 100, LIMIT)
    assert step(state, Expire(), 99) == state
    kept = step(state, Preempt(until=200), 50)
    assert step(kept, Expire(), 150) == kept
    assert step(kept, Preempt(until=100), 60).expires_at == 200  # a request shortens no life
    gone = step(kept, Expire(), 200)
    assert gone.phase is Phase.EXPIRED
    for late in (kept, gone):
        for event in (Preempt(until=300), Append(1, 0, 1)):
            with refuses("media.expired"):
                step(late, event, 200)
    with refuses("media.expired"):
        step(gone, Complete(matches=True), 0)
    assert step(gone, Expire(), 0) == gone


def test_a_terminated_upload_is_not_there_any_more() -> None:
    gone = step(begun(10), Terminate(), 0)
    for event in (Preempt(LATER), Append(1, 0, 1), Complete(matches=True), Terminate()):
        with refuses("request.not_found"):
            step(gone, event, 0)
    assert step(gone, Expire(), LATER) == gone


@pytest.mark.parametrize("end", [Complete(matches=True), Complete(matches=False), Expire()])
def test_whatever_became_of_an_upload_it_can_be_given_up(end: upload.Event) -> None:
    ended = step(step(begun(1), Append(1, 0, 1), 0), end, LATER)
    assert step(ended, Terminate(), LATER).phase is Phase.TERMINATED


@given(st.lists(st.integers(1, 3 * PART_BYTES), max_size=12))
def test_parts_are_equal_but_for_the_tail_whatever_the_pieces(pieces: list[int]) -> None:
    state = begun(sum(pieces))
    for piece in pieces:
        state = step(state, Append(state.token, state.offset, piece), 0)
        sizes = [upload.part_size(state, index) for index in range(len(state.parts))]
        assert sum(sizes) == state.offset
        assert all(size == PART_BYTES for size in sizes[:-1])
        assert all(0 < size <= PART_BYTES for size in sizes)
        assert upload.tail(state) == (None if state.offset % PART_BYTES == 0 else len(sizes) - 1)
    assert state.phase is Phase.RECEIVED


any_event = (
    st.from_type(Preempt) | st.from_type(Append) | st.from_type(Complete) | st.builds(Expire) | st.builds(Terminate)
)


@given(st.from_type(UploadProgress), any_event, st.integers(0, 2**53))
def test_a_step_gives_a_state_or_a_listed_refusal_and_never_changes_its_input(
    state: UploadProgress, event: upload.Event, now: int
) -> None:
    before = msgspec.json.encode(state)
    try:
        after = step(state, event, now)
    except Refused:
        pass
    else:
        assert after.length == state.length
        assert after.token >= state.token
    assert msgspec.json.encode(state) == before


class Uploading(RuleBasedStateMachine):
    """Several clients and processes at one upload, with every request free to be late."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.data = bytes(range(256)) * 100
        self.state = upload.create(len(self.data), LATER, LIMIT)
        self.claims: list[tuple[int, int]] = []  # token, and the offset its holder saw
        self.committed = b""

    @rule()
    def claim(self) -> None:
        self.state = step(self.state, Preempt(LATER), self.now)
        self.claims.append((self.state.token, self.state.offset))

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), count=st.integers(0, 9_000))
    def append(self, data: st.DataObject, count: int) -> None:
        token, seen = data.draw(st.sampled_from(self.claims))
        event = Append(token, seen, count)
        if token == self.state.token and seen == self.state.offset and seen + count <= len(self.data):
            self.state = step(self.state, event, self.now)
            self.committed = self.committed[:seen] + self.data[seen : seen + count]
            self.claims.append((token, self.state.offset))
        else:
            with refuses("media.preempted", "media.wrong_offset", "media.beyond_length"):
                step(self.state, event, self.now)

    @rule()
    def sweep(self) -> None:
        self.state = step(self.state, Expire(), self.now)

    @invariant()
    def what_is_committed_is_a_prefix_of_the_file(self) -> None:
        assert self.committed == self.data[: self.state.offset]
        assert (self.state.phase is Phase.RECEIVED) == (self.state.offset == len(self.data))


TestUploading = Uploading.TestCase
