"""Reading an answer of a newer server: what this client does not know is passed over, the rest stands."""

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from mobile_contract.sync import FeedEntry, Receipt, SyncAnswer

T = TypeVar("T")
_ANSWER = msgspec.json.Decoder(SyncAnswer)
_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_ENTRY = msgspec.json.Decoder(FeedEntry)
_RECEIPT = msgspec.json.Decoder(Receipt)


class _Named(msgspec.Struct, rename="camel"):
    op_id: str = ""


_NAMED = msgspec.json.Decoder(_Named)


def read(body: bytes) -> tuple[SyncAnswer, dict[str, str]]:
    """Decode an answer; beside it, why each receipt could not be read, by op id. Raise ``msgspec.DecodeError``.

    A feed entry of an unknown type is left out. An op whose receipt cannot be read was taken all the same.
    """
    try:
        return _ANSWER.decode(body), {}
    except msgspec.ValidationError:
        parts = _PARTS.decode(body)
    entries = [entry for entry, _, _ in _each(parts.pop("changes", None), _ENTRY) if entry is not None]
    receipts, unread = [], {}
    for receipt, raw, why in _each(parts.pop("receipts", None), _RECEIPT):
        if receipt is not None:
            receipts.append(receipt)
        else:
            unread[_NAMED.decode(raw).op_id] = why
    answer = _ANSWER.decode(msgspec.json.encode(parts))
    return msgspec.structs.replace(answer, changes=tuple(entries), receipts=tuple(receipts)), unread


def _each(raws: msgspec.Raw | None, decoder: msgspec.json.Decoder[T]) -> Iterator[tuple[T | None, bytes, str]]:
    for raw in () if raws is None else _LIST.decode(raws):
        try:
            yield decoder.decode(raw), bytes(raw), ""
        except msgspec.ValidationError as error:
            yield None, bytes(raw), str(error)
