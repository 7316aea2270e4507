"""``plan_push(state, ops, now)``: what becomes of each op, and what is to be written. Nothing is written here.

Every op ends as applied, merged, conflict or parked; ``sync.steps`` decides for a single one. A unit that cannot be
applied is parked whole, and what it did to its draft is thrown away. Parked ops that wait for a record that a unit
brings are tried again right after it.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from mobile_contract.sync import Limits, Notice, Outcome, Receipt
from sync.draft import Draft
from sync.parking import park
from sync.retry import UNKNOWN, Waitlist
from sync.state import Answer, PushPlan, PushState, Sent, Settled, Waiting
from sync.steps import admit, take
from sync.weighing import Park


def plan_push(
    state: PushState,
    sent: Sequence[Sent],
    now: str,
    limits: Limits,
    refused: Mapping[str, str] | None = None,
    weight: int | None = None,
) -> PushPlan:
    """Plan what to write for ops in the order they came.

    ``now`` is the server's time (RFC 3339). ``refused`` maps the body hash of ops that the database would not take to
    a reference for the operator; their units are parked. Same state, ops and time give the same plan.

    Once the units taken weigh more than ``weight`` bytes of values, the plan ends: it has answers for the first ops
    only, and the others are for the next plan.
    """
    draft = Draft(state, limits)
    waitlist = Waitlist(state.waiting)
    answers: list[Answer] = []
    settled: list[Settled] = []
    taken = 0
    for unit in units(sent):
        if weight is not None and taken > weight:
            break
        attempt = draft.branch()
        done, failed = _attempt(state, attempt, unit, now, limits, refused or {})
        if failed is None:
            draft.adopt(attempt)
            answers.extend(done)
            settled.extend(waitlist.arrived(draft, attempt.written, now, limits))
        else:
            answers.extend(_park_unit(state, draft, unit, failed, now, waitlist))
        taken += attempt.weight + sum(len(item.raw) for item in unit)
    return PushPlan(
        records=draft.changed(),
        answers=tuple(answers),
        notices=_notices(state, sent[: len(answers)], answers),
        settled=tuple(settled),
        writers=dict(draft.writers),
    )


def told(plans: Sequence[PushPlan]) -> tuple[list[Receipt], list[Notice]]:
    """Return the receipts and the notices of plans that followed each other."""
    receipts = [answer.receipt for plan in plans for answer in plan.answers]
    return receipts, [notice for plan in plans for notice in plan.notices]


def units(sent: Sequence[Sent]) -> list[list[Sent]]:
    """Group consecutive ops of the same unit, readable or not; an op without one stands alone."""
    grouped = groupby(enumerate(sent), key=lambda pair: pair[1].unit or pair[0])
    return [[item for _, item in group] for _, group in grouped]


_Failed = tuple[int, Park]


def _attempt(
    state: PushState, attempt: Draft, unit: list[Sent], now: str, limits: Limits, refused: Mapping[str, str]
) -> tuple[list[Answer], _Failed | None]:
    """Try a unit on a branch of its own; return its answers, or which op failed and why."""
    answers = []
    for index, item in enumerate(unit):
        receipt = state.receipts.get((item.op_id, item.body_hash)) or attempt.receipt(item)
        if receipt is not None:
            answers.append(_replayed(state, item, receipt))
            continue
        try:
            _refuse_reuse(state, attempt, item, refused)
            op = admit(attempt, item, len(unit), limits)
            receipt = take(attempt, op, now)
        except Park as reason:
            return [], (index, reason)
        attempt.answer(item, receipt)
        answers.append(Answer(sent=item, receipt=receipt, stream=op.scope, fresh=True))
    return answers, None


def _replayed(state: PushState, item: Sent, receipt: Receipt) -> Answer:
    return Answer(sent=item, receipt=receipt, stream=state.author.own_scope, fresh=False)


def _park_unit(
    state: PushState, draft: Draft, unit: list[Sent], failed: _Failed, now: str, waitlist: Waitlist
) -> list[Answer]:
    culprit, reason = failed
    answers = []
    items = []
    for index, item in enumerate(unit):
        old = state.receipts.get((item.op_id, item.body_hash)) or draft.receipt(item)
        if old is not None:
            answers.append(_replayed(state, item, old))
            continue
        why, with_ = (reason.code, reason.params) if index == culprit else ("op.unit_parked", {})
        parked = draft.save(park(state.author, item, why, with_, now))
        items.append((parked.id, item))
        receipt = Receipt(op_id=item.op_id, n=item.n, outcome=Outcome.PARKED, code=why, params=dict(with_))
        draft.answer(item, receipt)
        answers.append(Answer(sent=item, receipt=receipt, stream=state.author.own_scope, fresh=True))
    missing = unit[culprit].op
    if reason.code == UNKNOWN and missing is not None:
        waitlist.add(missing.id, Waiting(author=state.author, items=tuple(items)))
    return answers


def _refuse_reuse(state: PushState, draft: Draft, item: Sent, refused: Mapping[str, str]) -> None:
    """Raise ``Park`` for an op that the database would not take, and for ids and numbers that were used before."""
    if item.problem or item.op is None:
        return
    if item.body_hash in refused:
        raise Park("op.refused_by_database", reference=refused[item.body_hash])
    if item.op_id in state.ids_used or draft.has_answered(item.op_id):
        raise Park("op.id_reused")
    if draft.number_went_to(item.n) not in (None, item.op_id):
        raise Park("sync.replica_forked", n=str(item.n))


def _notices(state: PushState, sent: Sequence[Sent], answers: Sequence[Answer]) -> tuple[Notice, ...]:
    """Report gaps in ``n`` and numbers that were used for something else.

    What a replica used before it was first heard of is no gap: a phone that enrolled anew may go on counting.
    """
    notices = []
    fresh = sorted({item.n for item in sent if item.n > state.last_n})
    expected = state.last_n + 1 if state.last_n else min(fresh, default=1)
    for number in fresh:
        if number > expected:
            notices.append(Notice(code="sync.gap", params={"first": str(expected), "last": str(number - 1)}))
        expected = number + 1
    forked = [answer.receipt.n for answer in answers if answer.receipt.code == "sync.replica_forked"]
    if forked:
        notices.append(Notice(code="sync.replica_forked", params={"n": str(min(forked))}))
    return tuple(notices)
