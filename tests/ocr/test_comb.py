"""Combs: where they stand, what their cells are worth, and that they do not get into the way of reading."""

from typing import Any

import numpy as np
import pytest

from mobile_contract.forms import Compare, Field, FieldType, FormDefinition, Literal, Logic, Ref, Rule
from ocr.comb import MIN_CELL, Comb, comb_of, place_digits
from ocr.crops import ink_of, without_teeth, written_cells
from ocr.engine import Reading
from ocr.fields import Context, Seen, propose
from ocr.geometry import LEFT, RIGHT, Layout, Place
from ocr.layout import layout_of
from ocr.sheet import blank_pages
from server.demo.photograph import Hand, fill
from tests.ocr.paper_forms import money_field, shipped, text_field, zh


def at_most(bound: int, name: str = "n", at_least: int = 0) -> Rule:
    limits = tuple(
        Compare(operator=operator, type=FieldType.DECIMAL, left=Ref(name=name), right=Literal(value=value))
        for operator, value in (("<=", bound), (">=", at_least))
    )
    return Rule(xpath="", expression=Logic(operator="and", operands=limits))


def number(type_: FieldType = FieldType.INTEGER, **more: Any) -> Field:
    return Field(name="n", type=type_, label=zh("数"), **more)


@pytest.mark.parametrize(
    ("field", "cells"),
    [
        (number(), 6),
        (number(constraint=at_most(9999)), 4),
        (number(constraint=at_most(60, at_least=-60)), 3),
        (number(FieldType.DECIMAL, scale=1), 6),
        (number(FieldType.DECIMAL, scale=0), 4),
        (number(paper_cells=9), 9),
        (number(paper_cells=0), None),
        (money_field("m", "金额"), 11),
        (text_field("u", "代码", means="org.usci"), 18),
        (text_field("p", "项目代码", means="project.code"), 24),
        (text_field("t", "说明"), None),
        (number(FieldType.DATE), None),
    ],
)
def test_a_comb_has_as_many_cells_as_the_answer_may_have_characters(field: Field, cells: int | None) -> None:
    comb = comb_of(field, LEFT, RIGHT, filling=False)
    assert (comb.cells if comb else None) == cells


def test_where_there_is_too_little_room_an_amount_has_fewer_cells_and_an_identifier_no_comb() -> None:
    narrow = comb_of(money_field("m", "金额"), 0, 35, filling=True)
    assert narrow is not None
    assert (narrow.cells, narrow.places) == (8, 2)
    assert narrow.pitch >= MIN_CELL
    assert comb_of(money_field("m", "金额"), 0, 20, filling=True) is None
    assert comb_of(text_field("u", "代码", means="org.usci"), 0, 60, filling=True) is None


@pytest.mark.parametrize(
    ("text", "written", "meant"),
    [
        ("123456", "00011111100", "123456"),  # nothing in 角 and 分
        ("12345600", "00011111111", "123456.00"),
        ("62", "00000000011", "0.62"),
        ("1,234.50", "00111111111", "1,234.50"),  # a point was written
        ("1,234,50", "00111111111", "1,234.50"),  # read with a comma for a point
        ("6,640.078.29", "00111111111", "6,640,078.29"),
        ("12,34,50", "00111111111", "12,34,50"),  # no amount of anybody's
        ("1234567", "00011111111", None),  # a digit was not read
        ("123", "00000000101", None),
        ("12", "00000001001", None),  # 分 without 角
        ("", "00000000000", ""),
    ],
)
def test_digits_are_worth_what_their_cells_are_and_nothing_where_they_do_not_fit(
    text: str, written: str, meant: str | None
) -> None:
    assert place_digits(text, [cell == "1" for cell in written], 2) == meant


def _layout() -> Layout:
    items = (
        money_field("amount", "金额"),
        number(paper_width=6),
        Field(name="d", type=FieldType.DECIMAL, scale=1, label=zh("小数"), paper_width=6),
    )
    return layout_of(FormDefinition(id="combs", version=1, title=zh("表"), items=items))


def test_the_teeth_are_painted_out_and_what_was_written_across_them_stays() -> None:
    layout = _layout()
    (blank,), (page,) = blank_pages(layout), layout.pages
    place = page.places[0]
    bare = without_teeth(blank, page.places)
    assert (np.asarray(bare) != blank).any()
    assert ink_of(bare, blank).mask.sum() == 0
    filled = fill(blank, layout, 1, {place.path: "2,684,382.50"}, 3, Hand(orderly=0.0))
    kept = ink_of(without_teeth(filled, page.places), blank).mask.sum()
    assert kept > 0.9 * ink_of(filled, blank).mask.sum()


@pytest.mark.parametrize("seed", range(5))
def test_the_cells_that_are_written_in_are_known(seed: int) -> None:
    layout = _layout()
    (blank,), (page,) = blank_pages(layout), layout.pages
    filled = fill(blank, layout, 1, {"fields/amount": "2,684,382.50", "fields/n": "12"}, seed, Hand(orderly=1.0))
    ink = ink_of(filled, blank)
    assert "".join("01"[cell] for cell in written_cells(ink, page.places[0])) == "00111111111"
    assert "".join("01"[cell] for cell in written_cells(ink, page.places[1])) == "110000"


def seen(text: str, written: str) -> Seen:
    place = Place(
        path="fields/amount",
        field=money_field("amount", "金额"),
        box=_layout().pages[0].places[0].box,
        comb=Comb(left=30, right=80, cells=11, places=2),
    )
    reading = Reading(text=text, characters=(0.99,) * len(text))
    cells = tuple(cell == "1" for cell in written)
    return Seen(place=place, box=(0, 0, 9, 9), number=1, ink=0.1, crop=(reading,), page=text, cells=cells)


def test_an_amount_in_its_cells_is_proposed_in_fen_and_its_readings_are_kept_as_they_were() -> None:
    form = FormDefinition(id="f", version=1, title=zh("表"), items=(money_field("amount", "金额"),))
    (field,), flags = propose(Context(form=form), [seen("268438250", "00111111111")])
    assert (field.value, field.readings["crop"]) == (268_438_250, "268438250")
    assert flags == ()
    (field,), (flag,) = propose(Context(form=form), [seen("26843820", "00111111111")])
    assert (field.value, flag.code) == (None, "paper.not_a_value")


def test_the_amounts_of_the_payment_application_have_cells_from_hundreds_of_millions_to_fen() -> None:
    (page,) = layout_of(shipped("payment_application")).pages
    combs = {place.path: place.comb for place in page.places}
    for name in ("contract_amount", "amount_figures", "labour_cost"):
        comb = combs[f"fields/{name}"]
        assert comb is not None
        assert comb.cells == 11
    worth = [text.text for text in page.texts if text.text in "亿千百十万元角分"]
    assert worth[:11] == list("亿千百十万千百十元角分")
