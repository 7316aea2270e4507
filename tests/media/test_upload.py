"""The upload machine: whatever order requests come in, a committed byte is never lost and a stale one never counts."""

import msgspec
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


def test_every_event_has_a_rule_in_every_phase() -> None:
    for phase in Phase:
        assert set(upload.TABLE[phase]) == {Preempt, Append, Complete, Expire, Terminate}


def test_an_upload_beyond_the_limit_is_refused_before_a_byte_travels() -> None:
    with refuses("media.too_long"):
        upload.create(LIMIT + 1, LATER, LIMIT)
    with refuses("request.invalid"):
        upload.create(-1, LATER, LIMIT)


def test_a_file_of_more_parts_than_s3_takes_is_refused_before_a_byte_travels_whatever_the_limit() -> None:
    assert upload.create(10_000 * PART_BYTES, LATER, 1 << 50).offset == 0
    with refuses("media.too_long"):
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
        with refuses("media.wrong_offset"):
            step(state, Append(state.token, at, 1), 0)
    with refuses("media.beyond_length"):
        step(state, Append(state.token, 0, 101), 0)


def test_an_unfinished_upload_cannot_be_completed() -> None:
    state = begun(100)
    with refuses("media.wrong_offset"):
        step(state, Complete(matches=True), 0)


def test_a_file_that_is_not_what_was_declared_is_final() -> None:
    received = step(begun(1), Append(1, 0, 1), 0)
    mismatched = step(received, Complete(matches=False), 0)
    assert mismatched.phase is Phase.MISMATCHED
    with refuses("media.file_mismatch"):
        step(mismatched, Preempt(LATER), 0)


def test_a_finished_upload_answers_a_repeated_request_like_the_first() -> None:
    stored = step(step(begun(5), Append(1, 0, 5), 0), Complete(matches=True), 0)
    assert step(stored, Preempt(LATER * 2), LATER * 3) == stored
    assert step(stored, Append(9, 5, 0), 0) == stored
    assert step(stored, Expire(), LATER * 3) == stored
    with refuses("media.beyond_length"):
        step(stored, Append(9, 5, 1), 0)


def test_an_upload_in_use_lives_on_and_an_abandoned_one_expires() -> None:
    state = upload.create(10, 100, LIMIT)
    assert step(state, Expire(), 99) == state
    kept = step(state, Preempt(until=200), 50)
    assert step(kept, Expire(), 150) == kept
    gone = step(kept, Expire(), 200)
    assert gone.phase is Phase.EXPIRED
    for late in (kept, gone):
        with refuses("media.expired"):
            step(late, Preempt(until=300), 200)


def test_a_terminated_upload_is_not_there_any_more() -> None:
    gone = step(begun(10), Terminate(), 0)
    for event in (Preempt(LATER), Append(1, 0, 1), Complete(matches=True), Terminate()):
        with refuses("request.not_found"):
            step(gone, event, 0)


@given(st.lists(st.integers(1, 3 * PART_BYTES), max_size=12))
def test_parts_are_equal_but_for_the_tail_whatever_the_pieces(pieces: list[int]) -> None:
    state = begun(sum(pieces))
    for piece in pieces:
        state = step(state, Append(state.token, state.offset, piece), 0)
        sizes = [upload.part_size(state, index) for index in range(len(state.parts))]
        assert sum(sizes) == state.offset
        assert all(size == PART_BYTES for size in sizes[:-1])
        assert all(0 < size <= PART_BYTES for size in sizes)
        assert (upload.tail(state) is None) == (state.offset % PART_BYTES == 0)
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
