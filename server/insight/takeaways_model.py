"""The states of takeaways, and what a maker is given."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from mobile_contract.states import Table
from mobile_contract.takeaways import NewTakeaway, TakeawayState
from server.identity import Holdings


class TakeawayAct(StrEnum):
    """What happens to a takeaway.

    A person asks for it; a job begins it (again, where its worker died) and finishes it or fails; its person cancels
    it; in the end it expires.
    """

    ASK = "ask"
    BEGIN = "begin"
    FINISH = "finish"
    FAIL = "fail"
    CANCEL = "cancel"
    EXPIRE = "expire"


#: One that expired has no state: its row is gone.
TAKEAWAYS: Final = Table[TakeawayState | None, TakeawayAct](
    name="takeaway",
    starts=(None,),
    rows={
        None: {TakeawayAct.ASK: TakeawayState.WAITING},
        TakeawayState.WAITING: {
            TakeawayAct.BEGIN: TakeawayState.MAKING,
            TakeawayAct.CANCEL: TakeawayState.CANCELLED,
            TakeawayAct.EXPIRE: None,
        },
        TakeawayState.MAKING: {
            TakeawayAct.BEGIN: TakeawayState.MAKING,
            TakeawayAct.FINISH: TakeawayState.READY,
            TakeawayAct.FAIL: TakeawayState.FAILED,
            TakeawayAct.CANCEL: TakeawayState.CANCELLED,
            TakeawayAct.EXPIRE: None,
        },
        TakeawayState.READY: {TakeawayAct.EXPIRE: None},
        TakeawayState.FAILED: {TakeawayAct.EXPIRE: None},
        TakeawayState.CANCELLED: {TakeawayAct.EXPIRE: None},
    },
    illegal="takeaways.settled",
)


class Cancelled(Exception):
    """The takeaway was cancelled, or has expired, while it was made."""


class Made(NamedTuple):
    """What a maker made: a file, what it is called, its media type, and the scopes that it was made of."""

    path: Path
    name: str
    media_type: str
    scopes: frozenset[str]


#: Tells how many records are in it so far, of how many. Raise :class:`Cancelled` where it is no longer wanted.
Tell = Callable[[int, int | None], Awaitable[None]]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What a maker makes, for whom – judged by what they hold when it is made – and a folder that is its own."""

    holdings: Holdings
    asked: NewTakeaway
    folder: Path
    tell: Tell


Maker = Callable[[Order], Awaitable[Made]]
