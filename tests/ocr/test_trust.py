"""Confidence: a fit that means what it says, made of examples in any order, and the grounds it weighs."""

import random
from collections.abc import Sequence

import msgspec
import pytest

from mobile_contract.extractions import ValueKind
from ocr.engine import Reading
from ocr.fitting import Example, figures, held_out, learn
from ocr.grounds import nines, written_grounds
from ocr.trust import SHARED, Fit, KindFit, shipped


def drawn(count: int, seed: int = 1, kind: str = "number", shift: float = 0.0) -> list[Example]:
    """Examples of which the truth is known: right with odds that follow from two grounds."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        least, agree = dice.randrange(600), dice.randrange(2)
        odds = -2 + shift + 0.01 * least + 2.0 * agree
        made.append(
            Example(
                kind=kind,
                grounds={"least": least, "agree": agree, "idle": 7},
                right=dice.random() < 1 / (1 + 2.718281828**-odds),
                group=f"scan {number // 20}",
                engine="an engine",
            )
        )
    return made


def by_hand(*rows: tuple[float, bool]) -> tuple[list[Example], list[float]]:
    examples = [
        Example(kind="text", grounds={}, right=right, group=str(n), engine="e") for n, (_, right) in enumerate(rows)
    ]
    return examples, [stated for stated, _ in rows]


def test_a_fit_says_of_values_it_never_saw_how_often_they_are_right() -> None:
    examples = drawn(4000)
    found = figures(examples, held_out(examples))
    assert found.ece < 0.02
    assert found.auroc is not None
    assert found.auroc > 0.8
    careless = figures(examples, [0.99] * len(examples))
    assert careless.ece > 0.1
    assert careless.loss > found.loss


def test_examples_in_any_order_give_the_same_fit_to_the_last_digit() -> None:
    examples = drawn(600)
    mixed = random.Random(3).sample(examples, len(examples))
    assert msgspec.json.encode(learn(mixed)) == msgspec.json.encode(learn(examples))
    assert learn(examples).version != learn(examples[:-1]).version


def test_a_kind_of_which_little_is_known_is_judged_like_the_others() -> None:
    fit = learn([*drawn(3000), *drawn(5, seed=2, kind="money", shift=-3)])
    grounds = {"least": 400, "agree": 1, "idle": 7}
    assert abs(fit.judge("money", grounds) - fit.judge("number", grounds)) < 80
    assert fit.judge("never seen", grounds) == fit.judge(SHARED, grounds)
    many = learn([*drawn(3000), *drawn(3000, seed=2, kind="money", shift=-3)])
    assert many.judge("number", grounds) - many.judge("money", grounds) > 100


def test_a_fit_begins_where_the_last_one_stood_and_a_few_corrections_move_it_a_little() -> None:
    start = learn(drawn(3000))
    grounds = {"least": 300, "agree": 1, "idle": 7}
    few = learn(drawn(20, seed=5, shift=-2), start)
    many = learn(drawn(4000, seed=5, shift=-4), start)
    assert start.judge("number", grounds) - few.judge("number", grounds) < 250
    assert start.judge("number", grounds) - many.judge("number", grounds) > 500
    assert few.engines == start.engines


def test_one_that_was_drawn_for_a_sample_counts_for_those_it_stands_for() -> None:
    def one(right: bool, weight: float) -> Example:
        return Example(kind="text", grounds={}, right=right, group="g", engine="e", weight=weight)

    found = figures([one(True, 1.0), one(False, 20.0)], [0.5, 0.5])
    assert (found.examples, found.wrong) == (21.0, 20.0)


@pytest.mark.parametrize(
    ("rows", "auroc", "coverage"),
    [
        ([(0.9, True), (0.1, False)], 1.0, 0.5),
        ([(0.1, True), (0.9, False)], 0.0, 0.0),
        ([(0.5, True), (0.5, False)], 0.5, 0.0),
        ([(0.9, True), (0.8, True)], None, 1.0),
    ],
)
def test_figures_of_a_few_values_are_what_one_counts_by_hand(
    rows: Sequence[tuple[float, bool]], auroc: float | None, coverage: float
) -> None:
    found = figures(*by_hand(*rows))
    assert (found.auroc, found.coverage) == (auroc, coverage)


def test_nothing_that_was_read_is_certain_and_every_step_can_be_done_by_hand() -> None:
    fit = Fit(
        version="v",
        engines=(),
        kinds={SHARED: KindFit(examples=1, wrong=0, bias=-1.0, weights={"least": 0.01, "agree": 1.0})},
    )
    assert fit.judge("text", {"least": 100, "agree": 1}) == 731  # 1 / (1 + e^-1)
    assert fit.judge("text", {"least": 10**9, "unknown": 5}) == 999
    assert fit.judge("text", {"least": -(10**9)}) == 0


def test_nines_count_nines() -> None:
    assert [nines(p) for p in (0.0, 0.9, 0.99, 0.999, 1.0)] == [0, 100, 200, 300, 600]


def test_grounds_say_how_the_two_readings_and_the_list_compare() -> None:
    crop = [Reading(text="陈建国", characters=(0.99, 0.9, 0.999))]
    same = written_grounds(crop, "陈建国", "陈 建国", ("陈建国", "周敏"))
    assert (same["least"], same["alike"], same["alone"], same["snap"], same["listed"]) == (100, 1000, 0, 1000, 1)
    other = written_grounds(crop, "陈建国", "", ("周敏",))
    assert (other["alike"], other["alone"], other["snap"], other["listed"]) == (0, 1, 0, 0)


def test_the_shipped_fit_was_made_for_both_engines_and_knows_every_kind() -> None:
    fit = shipped()
    assert {engine.partition("-")[0] for engine in fit.engines} == {"paddleocr", "rapidocr"}
    assert fit.kinds.keys() >= {SHARED, *ValueKind}
    sure = {"mean": 500, "least": 400, "agree": 1, "alike": 1000, "length": 6, "lines": 1, "ink": 400}
    unsure = sure | {"least": 40, "mean": 120, "agree": 0, "alike": 600}
    for kind in (ValueKind.TEXT, ValueKind.NUMBER, ValueKind.MONEY, ValueKind.MOMENT, ValueKind.NAME):
        assert fit.judge(kind, sure) > max(900, fit.judge(kind, unsure)), kind
