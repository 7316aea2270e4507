"""Bad input at the exchange: each a listed problem or a parked op, never a 500, and the rest of the batch stands."""

import gzip
import zlib
from typing import Any

import msgspec
import pytest
import zstandard

from mobile_contract.sync import Change, Outcome, Upsert
from server.kernel.clock import new_id
from tests.faults.house import AT, House, among_good_ones, answered, bearer, codes, kept, problem, request

pytestmark = pytest.mark.anyio

EMPTY = b'{"clock":"x"}'

BODIES = {
    "nothing": b"",
    "not JSON": b"hello",
    "a number": b"1",
    "null": b"null",
    "a list": b"[]",
    "a string": b'"ops"',
    "cut off": b'{"clock":"x","ops":[{"action":"crea',
    "no clock": b"{}",
    "a clock that is a number": b'{"clock":1}',
    "a clock that is null": b'{"clock":null}',
    "ops that are an object": b'{"clock":"x","ops":{}}',
    "ops that are a number": b'{"clock":"x","ops":7}',
    "ops without a comma": b'{"clock":"x","ops":[{} {}]}',
    "something after the end": EMPTY + EMPTY,
    "single quotes": b"{'clock':'x'}",
    "NaN": b'{"clock":"x","ops":[NaN]}',
    "a cursor that is a list": b'{"clock":"x","cursor":[]}',
    "seqs that are words": b'{"clock":"x","cursor":{"seqs":{"a":"b"}}}',
    "seqs that are floats": b'{"clock":"x","cursor":{"seqs":{"a":1.5}}}',
    "a seq of 5000 digits": b'{"clock":"x","cursor":{"seqs":{"a":' + b"9" * 5000 + b"}}}",
    "invalid UTF-8": b'{"clock":"\xff\xfe"}',
    "an overlong NUL": b'{"clock":"\xc0\x80"}',
    "a surrogate as bytes": b'{"clock":"\xed\xa0\x80"}',
    "a lone surrogate as an escape": b'{"clock":"\\ud800"}',
    "a raw NUL": b'{"clock":"a\x00b"}',
    "a raw NUL in an op": b'{"clock":"x","ops":["\x00"]}',
    "UTF-16": '{"clock":"x"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + EMPTY,
    "arrays to no end": b"[" * 500_000,
    "objects to no end": b'{"clock":' * 100_000,
    "ops nested 100 000 deep": b'{"clock":"x","ops":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
async def test_a_body_that_cannot_be_read_is_refused_with_a_listed_problem(house: House, body: bytes) -> None:
    assert problem(await house.post(body)) in {"request.malformed", "request.invalid"}


async def test_what_is_strange_but_harmless_is_answered(house: House) -> None:
    for body in (
        b'{"clock":""}',
        b'{"clock":"yesterday","unknown":[1.5,{"a":null}]}',
        b'{"clock":"a\\u0000b"}',
        b'{"clock":"' + b"x" * 100_000 + b'"}',
        b'{"clock":"x","cursor":{"epoch":"\\u0000","seqs":{"\\u0000":1,"../../etc":2}}}',
        b'{"clock":"x","ops":[],"ops":[]}',
    ):
        assert (await house.post(body)).status_code == 200, body[:80]


async def test_a_clock_that_shows_nonsense_keeps_no_op_from_arriving(house: House) -> None:
    for clock in ("", "\0", "9" * 5000, "-1", "陈"):
        log = house.log()
        body = request([log], house.cursor).replace(AT.encode(), msgspec.json.encode(clock)[1:-1], 1)
        assert codes(answered(await house.post(body), 1).receipts) == ["op.applied"], clock


# -- compressed bodies ------------------------------------------------------------------------------------------------


def _zstd(data: bytes, **how: Any) -> bytes:
    return zstandard.ZstdCompressor(**how).compress(data)


BOMB = b" " * 64_000_000
COMPRESSED = {
    "a gzip bomb": ("gzip", lambda: gzip.compress(BOMB, 1), "request.too_large"),
    "a gzip bomb in a gzip bomb": ("gzip", lambda: gzip.compress(gzip.compress(BOMB, 1), 1), "request.malformed"),
    "a zstd bomb": ("zstd", lambda: _zstd(BOMB), "request.too_large"),
    "a zstd bomb of unknown length": ("zstd", lambda: _zstd(BOMB, write_content_size=False), "request.too_large"),
    "a zstd window of 128 MiB": (
        "zstd",
        lambda: _zstd(
            EMPTY * 40_000,
            compression_params=zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False),
        ),
        "request.malformed",
    ),
    "gzip cut off": ("gzip", lambda: gzip.compress(EMPTY)[:-9], "request.malformed"),
    "gzip with a wrong sum": ("gzip", lambda: gzip.compress(EMPTY)[:-8] + b"\0" * 8, "request.malformed"),
    "zstd cut off": ("zstd", lambda: _zstd(EMPTY * 1000)[:-9], "request.malformed"),
    "nothing as gzip": ("gzip", lambda: b"", "request.malformed"),
    "nothing as zstd": ("zstd", lambda: b"", "request.malformed"),
    "JSON said to be gzip": ("gzip", lambda: EMPTY, "request.malformed"),
    "JSON said to be zstd": ("zstd", lambda: EMPTY, "request.malformed"),
    "gzip said to be zstd": ("zstd", lambda: gzip.compress(EMPTY), "request.malformed"),
    "gzip said to be nothing": ("identity", lambda: gzip.compress(EMPTY), "request.malformed"),
    "deflate": ("deflate", lambda: zlib.compress(EMPTY), "request.encoding"),
    "brotli": ("br", lambda: EMPTY, "request.encoding"),
    "two codings": ("gzip, gzip", lambda: gzip.compress(gzip.compress(EMPTY)), "request.encoding"),
    "a coding of 5000 letters": ("x" * 5000, lambda: EMPTY, "request.encoding"),
}


@pytest.mark.parametrize(("coding", "body", "code"), COMPRESSED.values(), ids=list(COMPRESSED))
async def test_a_compressed_body_is_bounded_and_whole(house: House, coding: str, body: Any, code: str) -> None:
    assert problem(await house.post(body(), {"Content-Encoding": coding})) == code


async def test_well_compressed_bodies_are_read(house: House) -> None:
    for coding, body in (("gzip", gzip.compress(EMPTY)), ("GZIP", gzip.compress(EMPTY)), ("zstd", _zstd(EMPTY))):
        assert (await house.post(body, {"Content-Encoding": coding})).status_code == 200


# -- too much ---------------------------------------------------------------------------------------------------------


async def test_more_bytes_or_ops_than_the_limits_are_refused_and_the_phone_is_told_to_halve(house: House) -> None:
    limit = house.program.settings.request_bytes
    assert problem(await house.post(b'{"clock":"' + b"x" * limit + b'"}')) == "request.too_large"
    count = house.program.settings.ops_per_exchange + 1
    assert problem(await house.post(request([b"{}"] * count))) == "request.too_large"


async def test_an_op_that_is_too_large_is_parked_alone(house: House) -> None:
    large = house.log(note="x" * 70_000)
    answer = await house.push(house.log(), large, house.log())
    assert codes(answer.receipts) == ["op.applied", "op.too_large", "op.applied"]
    assert list(kept(answer)) == [large.op_id]


# -- one bad op among good ones ---------------------------------------------------------------------------------------


#: What is done to a valid op, and the code it is then parked with.
BAD_OPS: dict[str, tuple[dict[str, Any], str]] = {
    "no action": ({"action": ...}, "op.undecodable"),
    "an unknown action": ({"action": "upsert"}, "op.undecodable"),
    "an action that is a list": ({"action": ["create"]}, "op.undecodable"),
    "an op id that is a path": ({"opId": "../../etc/passwd"}, "op.undecodable"),
    "an op id of 4 KiB": ({"opId": "x" * 4096}, "op.undecodable"),
    "an op id with NUL": ({"opId": "\0"}, "op.undecodable"),
    "no op id": ({"opId": ...}, "op.undecodable"),
    "an n that is a float": ({"n": 2.5}, "op.undecodable"),
    "an n that is a text": ({"n": "2"}, "op.undecodable"),
    "an n that is true": ({"n": True}, "op.undecodable"),
    "an n below zero": ({"n": -1}, "op.undecodable"),
    "an n of zero": ({"n": 0}, "op.undecodable"),
    "an n beyond 2^53": ({"n": 2**53}, "op.undecodable"),
    "an n beyond 2^64": ({"n": 2**64 - 1}, "op.undecodable"),
    "an id that is a path": ({"id": "../../../etc/passwd"}, "op.bad_id"),
    "an id in capitals": ({"id": new_id().upper()}, "op.bad_id"),
    "an id of 4 KiB": ({"id": "a" * 4096}, "op.bad_id"),
    "an id with NUL": ({"id": "a\0b"}, "op.bad_id"),
    "a scope that is none": ({"scope": "section:*"}, "op.scope_not_held"),
    "a scope with NUL": ({"scope": "\0"}, "op.scope_not_held"),
    "a scope of 4 KiB": ({"scope": "section:" * 512}, "op.scope_not_held"),
    "a foreign scope": ({"scope": f"section:{new_id()}"}, "op.scope_not_held"),
    "a kind that is none": ({"kind": "../report"}, "op.unknown_kind"),
    "a kind with NUL": ({"kind": "\0"}, "op.unknown_kind"),
    "a kind of 4 KiB": ({"kind": "k" * 4096}, "op.unknown_kind"),
    "a kind of the protocol": ({"kind": "parked"}, "op.unknown_kind"),
    "a kind that only the program writes": ({"kind": "form"}, "op.role_may_not"),
    "values that are a list": ({"values": []}, "op.undecodable"),
    "values that are missing": ({"values": ...}, "op.undecodable"),
    "values that are empty": ({"values": {}}, "op.bad_value"),
    "fields that are a list": ({"values": {"form": "daily_log", "formVersion": 1, "fields": []}}, "op.bad_value"),
    "a form that is a number": ({"values": {"form": 1, "formVersion": 1, "fields": {}}}, "op.bad_value"),
    "a version that is a text": ({"values": {"form": "daily_log", "formVersion": "1", "fields": {}}}, "op.bad_value"),
    "a float": ({"values": {"form": "f", "formVersion": 1, "fields": {"a": {"b": 1.5}}}}, "value.float"),
    "an integer beyond 2^53": (
        {"values": {"form": "f", "formVersion": 1, "fields": {"a": 2**53}}},
        "value.integer_too_large",
    ),
    "a nest of 40": (
        {"values": {"form": "f", "formVersion": 1, "fields": {"a": msgspec.json.decode(b"[" * 40 + b"]" * 40)}}},
        "value.too_deep",
    ),
}


@pytest.mark.parametrize(("change", "code"), BAD_OPS.values(), ids=list(BAD_OPS))
async def test_a_bad_op_is_parked_whole_and_the_rest_of_the_batch_stands(
    house: House, change: dict[str, Any], code: str
) -> None:
    op = msgspec.to_builtins(house.log()) | change
    bad = msgspec.json.encode({name: value for name, value in op.items() if value is not ...})
    answer = await among_good_ones(house, bad)
    assert (answer.receipts[1].outcome, answer.receipts[1].code) == (Outcome.PARKED, code)


RAW_OPS = {
    "null": b"null",
    "a number": b"12",
    "a number of 5000 digits": b"9" * 5000,
    "1e999": b"1e999",
    "a text": b'"op"',
    "a list": b"[[],[]]",
    "an empty object": b"{}",
    "invalid UTF-8": b'{"action":"create","opId":"\xff\xfe"}',
    "a surrogate as bytes": b'{"a":"\xed\xa0\x80"}',
    "400 levels": b"[" * 400 + b"]" * 400,
}


@pytest.mark.parametrize("raw", RAW_OPS.values(), ids=list(RAW_OPS))
async def test_what_is_no_op_at_all_is_parked_whole_and_the_rest_of_the_batch_stands(house: House, raw: bytes) -> None:
    answer = await among_good_ones(house, raw)
    assert answer.receipts[1].code == "op.undecodable"


#: Values that a kind can hold as far as its shape goes, but that are nonsense for what is computed from them.
ODD_VALUES: dict[str, dict[str, Any]] = {
    "an unknown form": {"form": "../../etc/passwd", "formVersion": 1, "fields": {"a": 1}},
    "a form with NUL": {"form": "a\0b", "formVersion": 1, "fields": {"a": 1}},
    "a form of 4 KiB": {"form": "f" * 4096, "formVersion": 1, "fields": {"a": 1}},
    "version zero": {"form": "daily_log", "formVersion": 0, "fields": {"business_date": "2026-11-15"}},
    "a version below zero": {"form": "daily_log", "formVersion": -5, "fields": {"business_date": "2026-11-15"}},
    "version 2^40": {"form": "daily_log", "formVersion": 2**40, "fields": {"business_date": "2026-11-15"}},
    "unknown fields": {"form": "daily_log", "formVersion": 1, "fields": {"\0": "\0", "a/b": 1, "": 2, "..": {}}},
    "NUL in an indexed field": {"form": "daily_log", "formVersion": 1, "fields": {"business_date": "2026\0", "a": 1}},
    "a date that is a list": {"form": "daily_log", "formVersion": 1, "fields": {"business_date": [1, [2]]}},
    "a recorder of 4 KiB": {"form": "daily_log", "formVersion": 1, "fields": {"recorder": "陈" * 4096}},
    "rows that are a text": {"form": "daily_log", "formVersion": 1, "fields": {"labour": "twelve"}},
    "rows that are a list": {"form": "daily_log", "formVersion": 1, "fields": {"labour": [{"count": 1}]}},
    "rows that are texts": {"form": "daily_log", "formVersion": 1, "fields": {"labour": {new_id(): "x", "y": 1}}},
    "cells that are lists": {"form": "daily_log", "formVersion": 1, "fields": {"labour": {new_id(): {"count": [1]}}}},
    "cells too large to add": {
        "form": "daily_log",
        "formVersion": 1,
        "fields": {"labour": {new_id(): {"count": 2**53 - 1}, new_id(): {"count": 2**53 - 1}}},
    },
    "a file that is no digest": {"form": "daily_log", "formVersion": 1, "fields": {"photos": "../../etc", "a": 1}},
}


@pytest.mark.parametrize("values", ODD_VALUES.values(), ids=list(ODD_VALUES))
async def test_odd_values_are_kept_or_parked_and_the_rest_of_the_batch_stands(
    house: House, values: dict[str, Any]
) -> None:
    await among_good_ones(house, house.create("report", values))


#: Patches of a daily log that decode, path → value, each with what its author saw there.
ODD_PATCHES: dict[str, tuple[str, Any]] = {
    "all fields gone": ("fields", None),
    "fields become a list": ("fields", [1, 2]),
    "fields become a text": ("fields", "none"),
    "the form becomes a number": ("form", 7),
    "the version becomes a text": ("formVersion", "x"),
    "rows become a text": ("fields/labour", "twelve"),
    "a row becomes a number": (f"fields/labour/{new_id()}", 3),
    "a cell of no row": ("fields/labour/x/count", 3),
    "a computed field": ("fields/labour_total", 5),
    "a server value": ("server/signed", True),
    "an empty path": ("", 1),
    "a path of slashes": ("///", 1),
    "a path of 20 segments": ("/".join("abcdefghijklmnopqrst"), 1),
    "a path with NUL": ("fields/\0", "\0"),
    "a path of dots": ("fields/../../x", 1),
    "a path of 4 KiB": ("fields/" + "x" * 4096, 1),
    "a conflict's own name": ("(record)", 1),
    "below a value": ("fields/business_date/x/y", 1),
}


@pytest.mark.unknown_values
@pytest.mark.parametrize(("path", "value"), ODD_PATCHES.values(), ids=list(ODD_PATCHES))
@pytest.mark.parametrize("seen", [True, False], ids=["as seen", "unseen"])
async def test_odd_patches_are_answered_and_the_rest_of_the_batch_stands(
    house: House, path: str, value: Any, seen: bool
) -> None:
    log = house.log(labour={new_id(): {"trade": "pipefitter", "count": 12}})
    answer = await house.push(log)
    held: Any = next(entry.values for entry in answer.changes if isinstance(entry, Upsert) and entry.id == log.id)
    for part in path.split("/"):
        held = held.get(part) if isinstance(held, dict) else None
    odd = house.patch(log.id, {path: Change(value=value, was=held if seen else "something else")})
    await among_good_ones(house, odd)
    found = await house.http.get(f"/v1/records/{log.id}", headers=house.phone)
    assert found.status_code == 200
    # Whatever the patch left behind, the log of that day can still be written to.
    await among_good_ones(house, house.create("report", log.values | {"fields": {"note": "later"}}, log.id))


ODD_CHECK_INS: dict[str, dict[str, Any]] = {
    "no moment": {"captured": {"at": ""}, "position": {"lat": 1, "lon": 1, "datum": "WGS84"}},
    "a moment in year 9999": {"captured": {"at": "9999-12-31T23:59:59-14:00"}, "position": {"lat": 1, "lon": 1}},
    "a moment in year 1": {"captured": {"at": "0001-01-01T00:00:00+14:00"}, "position": {"lat": 1, "lon": 1}},
    "a moment without offset": {"captured": {"at": "2026-11-18T08:00:00"}, "position": {"lat": 1, "lon": 1}},
    "a moment with NUL": {"captured": {"at": "2026\0"}, "position": {"lat": 1, "lon": 1}},
    "a place off the Earth": {"captured": {"at": AT}, "position": {"lat": 2**53 - 1, "lon": -(2**53) + 1}},
    "a datum of nobody": {"captured": {"at": AT}, "position": {"lat": 1, "lon": 1, "datum": "MARS"}},
    "an accuracy below zero": {
        "captured": {"at": AT},
        "position": {"lat": 320415000, "lon": 1187674000, "datum": "WGS84", "accuracyCm": -5},
    },
}


@pytest.mark.parametrize("values", ODD_CHECK_INS.values(), ids=list(ODD_CHECK_INS))
async def test_odd_check_ins_are_kept_or_parked_and_the_rest_of_the_batch_stands(
    house: House, values: dict[str, Any]
) -> None:
    await among_good_ones(house, house.create("checkIn", values))
    await among_good_ones(house, house.create("photo", values | {"blob": "../../etc/passwd\0"}))


async def test_an_op_id_with_other_content_is_parked_beside_the_first(house: House) -> None:
    log = house.log()
    first = await house.push(log)
    other = msgspec.structs.replace(house.log(), op_id=log.op_id)
    answer = await house.push(other, log, house.log())
    assert codes(answer.receipts) == ["op.id_reused", "op.applied", "op.applied"]
    assert answer.receipts[1] == first.receipts[0]
    assert list(kept(answer)) == [log.op_id]


async def test_an_op_number_with_other_content_is_parked_and_the_fork_is_reported(house: House) -> None:
    log = house.log()
    await house.push(log)
    answer = await among_good_ones(house, msgspec.structs.replace(house.log(), n=log.n))
    assert answer.receipts[1].code == "sync.replica_forked"
    assert "sync.replica_forked" in [notice.code for notice in answer.notices]


async def test_ops_for_a_foreign_section_are_parked_in_the_senders_own_scope(house: House) -> None:
    foreign = msgspec.structs.replace(house.log(), scope=house.foreign)
    answer = await among_good_ones(house, foreign)
    assert answer.receipts[1].code == "op.scope_not_held"
    seen = await house.http.get("/v1/records", params={"kind": "report"}, headers=bearer(house.known.stranger))
    assert seen.json() == []
    assert house.foreign not in {entry.scope for entry in answer.changes}


async def test_a_cursor_of_another_history_is_answered_with_everything_and_what_to_do(house: House) -> None:
    epoch = (await house.push(house.log())).cursor.epoch
    for cursor in (
        {"epoch": new_id(), "seqs": {house.scope: 1}},
        {"epoch": epoch, "seqs": {house.scope: 10**6}},
        {"epoch": epoch, "seqs": {house.scope: 2**63 - 1}},
        {"epoch": epoch, "seqs": {house.scope: 2**64 - 1}},
        {"epoch": "\0" * 5000, "seqs": {}},
    ):
        answer = answered(await house.post(request([], cursor)), 0)
        assert [notice.code for notice in answer.notices] == ["sync.cursor_reset"]
        assert answer.changes[0].seq == 1
    for seqs in ({house.scope: -1}, {house.scope: -(2**63)}, {house.foreign: 5, "\0": 1, "x" * 4096: 1}):
        answer = answered(await house.post(request([], {"epoch": epoch, "seqs": seqs})), 0)
        assert answer.changes[0].seq == 1


async def test_the_largest_op_number_leaves_the_replica_usable(house: House) -> None:
    await house.push(msgspec.structs.replace(house.log(), n=2**53 - 1))
    assert codes((await house.push(house.log())).receipts) == ["op.applied"]


async def test_what_a_log_is_unique_by_does_not_change(house: House) -> None:
    log = house.log()
    await house.push(log)
    day = log.values["fields"]["business_date"]
    later = house.patch(log.id, {"fields/business_date": Change(value="2030-01-01", was=day)})
    gone = house.patch(log.id, {"fields/business_date": Change(value=None, was=day)})
    same = house.patch(log.id, {"fields/business_date": Change(value=day, was=None)})
    found = await house.push(later, gone, same)
    assert codes(found.receipts) == ["op.fixed_field", "op.fixed_field", "op.nothing_to_do"]
    assert found.receipts[0].params == {"path": "fields/business_date"}
