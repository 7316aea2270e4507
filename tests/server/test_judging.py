"""How far reading is trusted: thresholds an operator turns down, an audit that never stops, and what was right."""

from typing import Any

import msgspec
import pytest

from mobile_contract.extractions import (
    ExtractionValues,
    Flag,
    ProposedField,
    Scrutiny,
    ValueKind,
)
from mobile_contract.problems import Refused
from ocr.trust import shipped
from server.scans import judgements as store
from server.scans.reliability import examples, refit, table
from server.scans.scrutiny import is_drawn, judged, with_scrutiny
from tests.server.desk import Desk, propose, proposed

pytestmark = pytest.mark.anyio

ENGINE = shipped().engines[0]


def read(
    path: str, value: object, confidence: int = 995, kind: ValueKind = ValueKind.TEXT, **more: Any
) -> ProposedField:
    return msgspec.structs.replace(proposed(path, value), confidence=confidence, kind=kind, **more)


def many(count: int, **more: Any) -> tuple[ProposedField, ...]:
    return tuple(read(f"fields/items/{number}/item", "管", **more) for number in range(1, count + 1))


def extracted(*fields: ProposedField, flags: tuple[Flag, ...] = (), engine: str = ENGINE) -> ExtractionValues:
    return ExtractionValues(scan="s", engine=engine, fields=fields, flags=flags, fit=shipped().version)


def scrutinies(values: ExtractionValues, percent: int = 5, **thresholds: int) -> list[Scrutiny]:
    return [field.review for field in with_scrutiny("an extraction", values, shipped(), thresholds, percent).fields]


# pure -----------------------------------------------------------------------------------------------------------------


def test_everything_is_looked_at_until_somebody_sets_a_threshold() -> None:
    assert set(scrutinies(extracted(*many(50, confidence=999)))) == {Scrutiny.DUE}
    assert set(scrutinies(extracted(*many(50, confidence=999)), money=900)) == {Scrutiny.DUE}


def test_above_the_threshold_values_are_accepted_and_a_few_are_drawn_to_be_looked_at_all_the_same() -> None:
    found = scrutinies(extracted(*many(2000, confidence=990)), text=990)
    assert set(found) == {Scrutiny.ACCEPTED, Scrutiny.AUDIT}
    assert 60 <= found.count(Scrutiny.AUDIT) <= 140  # 5 of 100
    assert found == scrutinies(extracted(*many(2000, confidence=990)), text=990)
    assert set(scrutinies(extracted(*many(50, confidence=989)), text=990)) == {Scrutiny.DUE}
    assert set(scrutinies(extracted(*many(50)), text=990, percent=100)) == {Scrutiny.AUDIT}


def test_a_larger_audit_draws_all_that_the_smaller_one_did() -> None:
    paths = [f"fields/{number}" for number in range(500)]
    few, more = ({path for path in paths if is_drawn("x", path, percent)} for percent in (5, 30))
    assert few < more


def test_a_flagged_value_and_all_of_a_flagged_page_are_never_accepted() -> None:
    fields = (read("fields/a", "甲"), read("fields/b", "乙", page=2), read("fields/c", "丙", page=3))
    flags = (
        Flag(code="paper.readings_differ", paths=("fields/a",)),
        Flag(code="paper.page_repeated", params={"page": "2"}),
    )
    found = scrutinies(extracted(*fields, flags=flags), text=500)
    assert found[:2] == [Scrutiny.DUE, Scrutiny.DUE]
    assert found[2] is not Scrutiny.DUE


def test_what_another_engine_read_than_the_fit_was_made_for_is_looked_at() -> None:
    assert set(scrutinies(extracted(*many(50), engine="another"), text=500)) == {Scrutiny.DUE}


def test_only_what_somebody_looked_at_says_whether_it_was_right() -> None:
    values = extracted(
        read("fields/a", "甲"),
        read("fields/b", "乙"),
        read("fields/unseen", "丙", review=Scrutiny.ACCEPTED),
        read("fields/caught", "丁", review=Scrutiny.ACCEPTED),
        read("fields/drawn", "戊", review=Scrutiny.AUDIT),
        read("fields/lost", None),
        msgspec.structs.replace(read("fields/blank", None, kind=ValueKind.BLANK), readings={}),
    )
    corrections = {"fields/b": "已", "fields/caught": "丁丁", "fields/blank": "not blank"}
    final = {field.path: field.value for field in values.fields} | corrections
    assert {field.path: (value, right) for field, value, right in judged(values, final, corrections)} == {
        "fields/a": ("甲", True),
        "fields/b": ("已", False),
        "fields/caught": ("丁丁", False),
        "fields/drawn": ("戊", True),
        "fields/blank": ("not blank", False),
    }


# on the server --------------------------------------------------------------------------------------------------------


async def test_an_administrator_turns_a_threshold_down_and_the_journal_says_who(desk: Desk) -> None:
    for method, path in (("GET", ""), ("PUT", "/money")):
        answer = await desk.http.request(method, f"/v1/ocr/thresholds{path}", json={"threshold": 990})
        assert answer.json()["code"] == "identity.forbidden"
    await desk.as_("admin")
    assert (await desk.http.put("/v1/ocr/thresholds/money", json={"threshold": 990})).status_code == 200
    for wrong in ({"threshold": 1000}, {"threshold": 499}, {"threshold": 0.9}, {}):
        assert (await desk.http.put("/v1/ocr/thresholds/money", json=wrong)).json()["code"] == "request.invalid"
    assert (await desk.http.put("/v1/ocr/thresholds/nothing", json={"threshold": 990})).status_code in (400, 404, 422)
    told = (await desk.http.get("/v1/ocr/thresholds")).json()
    by_kind = {row["kind"]: row for row in told["thresholds"]}
    assert by_kind.keys() == set(ValueKind)
    assert by_kind["money"]["threshold"] == 990
    assert by_kind["text"] == {"kind": "text"}
    assert (told["fit"], told["auditPercent"]) == (shipped().version, 5)
    await desk.http.put("/v1/ocr/thresholds/money", json={"threshold": None})
    changes = await desk.events("ocr.threshold_set")
    assert [(one["subject"], one.get("was"), one.get("threshold")) for one in changes] == [
        ("money", None, 990),
        ("money", 990, None),
    ]
    assert changes[0]["actor"] == by_kind["money"]["by"]


async def test_what_was_confirmed_and_corrected_is_kept_with_its_grounds_and_the_report_leads_back(desk: Desk) -> None:
    extraction = await propose(
        desk,
        read("fields/number", "NZ-1", 990, grounds={"least": 250}),
        read("fields/items/1/item", "DN8O0管", 640, grounds={"least": 40}),
    )
    answer = await desk.http.post(
        f"/v1/extractions/{extraction}/confirm", json={"corrections": {"fields/items/1/item": "DN800管"}}
    )
    report = await desk.entry(answer.json()["report"])
    assert report["server"]["extraction"] == extraction
    told = (await desk.entry(extraction))["server"]
    assert told["corrections"] == {
        "fields/items/1/item": {"value": "DN800管", "by": desk.clerk.person, "at": told["decidedAt"]}
    }
    await desk.http.post(f"/v1/extractions/{extraction}/confirm", json={"corrections": {"fields/number": "other"}})
    rows = await desk.program.db.read(lambda tx: list(store.all_judgements(tx)))
    assert [(row["path"], row["proposed"], row["confirmed"], bool(row["right"])) for row in rows] == [
        ("fields/items/1/item", "DN8O0管", "DN800管", False),
        ("fields/number", "NZ-1", "NZ-1", True),
    ]
    assert rows[0]["grounds"] == {"least": 40}
    assert (rows[0]["confidence"], rows[0]["engine"], rows[0]["by"]) == (640, "by hand", desk.clerk.person)


# learning from it -----------------------------------------------------------------------------------------------------


def judgement(number: int, right: bool, **more: Any) -> dict[str, Any]:
    """What became of one value of a reader of which nothing tells right from wrong but agreement."""
    found = {
        "extraction": f"extraction {number // 30}",
        "kind": "text",
        "engine": "an engine of ours",
        "confidence": 950,
        "review": "due",
        "grounds": {"mean": 300, "least": 250, "agree": int(right), "alike": 1000, "length": 6, "han": 1000},
        "right": right,
    }
    return found | more


def history(count: int = 1200) -> list[dict[str, Any]]:
    return [judgement(number, right=number % 9 != 0) for number in range(count)]


def test_corrections_make_a_fit_that_is_better_on_what_it_did_not_see_and_knows_the_engine() -> None:
    fit, before = refit(examples(history(), 5), shipped())
    assert fit.held_out["shared"].loss < before["shared"].loss
    assert fit.held_out["text"].coverage > 0.85
    assert "an engine of ours" in fit.engines
    assert fit.kinds.keys() >= shipped().kinds.keys()
    again, _ = refit(examples(list(reversed(history())), 5), shipped())
    assert again.version == fit.version


@pytest.mark.parametrize("seen", [history(600), [one | {"right": True} for one in history()]])
def test_too_few_examples_or_mistakes_make_no_fit(seen: list[dict[str, Any]]) -> None:
    with pytest.raises(Refused) as refused:
        refit(examples(seen, 5), shipped())
    assert refused.value.code == "paper.fit_refused"


def test_a_fit_that_is_no_better_is_not_taken() -> None:
    first, _ = refit(examples(history(), 5), shipped())
    with pytest.raises(Refused) as refused:
        refit(examples(history(), 5), first)
    assert "loss" in refused.value.params["reason"]
    newer = [one | {"grounds": one["grounds"] | {"ink": 900 * (not one["right"]), "agree": 1}} for one in history(1500)]
    assert refit(examples(history() + newer, 5), first)[0].version != first.version


def test_an_audited_value_stands_for_those_nobody_looked_at_and_a_chance_find_for_none() -> None:
    seen = [
        judgement(1, True),
        judgement(2, True, review="audit"),
        judgement(3, False, review="accepted"),
    ]
    assert [example.weight for example in examples(seen, 5)] == [1.0, 20.0]


def test_the_table_holds_what_was_stated_against_what_was_right() -> None:
    seen = [
        judgement(1, True, confidence=960),
        judgement(2, False, confidence=940),
        judgement(3, True, confidence=999, review="audit"),
        judgement(4, False, confidence=350, kind="money"),
    ]
    assert [(row.kind, row.tenth, row.count, row.stated, row.right) for row in table(seen)] == [
        ("money", 3, 1, 350, 0),
        ("text", 9, 3, 966, 2),
        ("text", None, 1, 999, 1),
    ]


async def test_a_fit_that_was_taken_judges_from_then_on_and_the_shipped_one_can_come_back(desk: Desk) -> None:
    judging = desk.program.judging
    fit, _ = refit(examples(history(), 5), shipped())
    await judging.take(desk.clerk.person, fit)
    assert (await judging.thresholds()).fit == fit.version
    assert await desk.program.db.read(store.fit_in_force) == fit
    await judging.take(desk.clerk.person, shipped())
    assert (await judging.thresholds()).fit == shipped().version
    taken = await desk.events("ocr.fit_taken")
    assert [(one["subject"], one["was"]) for one in taken] == [
        (fit.version, shipped().version),
        (shipped().version, fit.version),
    ]
