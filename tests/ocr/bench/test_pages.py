"""The pages of the bench are the same for everybody, and their truth fits what is on them."""

import numpy as np

from server.forms.compute import recompute
from tests.ocr.bench.pages import GRADE_NAMES, LAYOUTS, samples
from tests.ocr.bench.world import LANGUAGES, WORLDS


def test_the_same_seed_gives_the_same_pages() -> None:
    first, again = (next(samples(1, seed=3, layouts=["standby_record"])) for _ in range(2))
    assert first == again
    assert np.array_equal(first.filled(), again.filled())
    other = next(samples(1, seed=4, layouts=["standby_record"]))
    assert other.answers != first.answers


def test_pages_are_spread_over_grades_languages_and_layouts() -> None:
    made = list(samples(24))
    assert {sample.grade for sample in made} == set(GRADE_NAMES)
    assert {sample.language for sample in made} == set(LANGUAGES)
    assert {sample.source for sample in made} == set(LAYOUTS)


def test_every_answer_stands_on_its_page_and_computed_ones_agree_with_the_server() -> None:
    for sample in samples(12, seed=5):
        here = {place.path for place in sample.layout.pages[sample.page - 1].places}
        assert sample.answers.keys() <= here
    sample = next(samples(1, seed=6, layouts=["payment_application"]))
    rows: dict[str, dict[str, object]] = {}
    for path, answer in sample.answers.items():
        if path.startswith("fields/items/"):
            rows.setdefault(path.split("/")[2], {})[path.split("/")[3]] = answer.value
    total = recompute(sample.form, {"items": rows})["items_total"]
    assert sample.answers["fields/items_total"].value == total


def test_a_reader_is_not_told_every_name() -> None:
    for world in WORLDS.values():
        assert 0 < len(world.known()["people"]) < len(world.lists["people"])
