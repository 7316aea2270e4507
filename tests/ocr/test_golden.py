"""Pages that were photographed once (``tests/ocr/golden``), through each engine: in several layouts, both languages.

``python -m tests.ocr.bench --pages tests/ocr/golden --wrong FILE`` lists what is read wrongly.
"""

from pathlib import Path

import pytest

from ocr.engine import Engine
from ocr.engines import open_engine
from ocr.models import Choice, Models
from tests.ocr.bench.figures import Tally, tally_given
from tests.ocr.bench.golden import FOLDER
from tests.ocr.bench.made import Given, given
from tests.ocr.bench.reading import Task, read_with

pytestmark = pytest.mark.ocr

PAGES = {page.name: page for page in given(FOLDER)}
#: How many answers a page may get wrong: nobody is sure of a hurried hand on a bad photograph.
MAY_BE_WRONG = {"safety_check-round": 8}


@pytest.fixture(scope="module", params=["paddle", "rapid"])
def engine(request: pytest.FixtureRequest, ocr_models: Path) -> Engine:
    return open_engine(Choice(engine=request.param, models=Models(folder=str(ocr_models))))


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_golden_page_is_read_as_well_as_it_was(engine: Engine, page: Given) -> None:
    sums = Tally()
    task = Task(picture=page.picture, truth=page.truth, form=page.form)
    tally_given(page, read_with(engine, task), sums)
    assert sums.registered == 1
    assert all(sums.kinds["check boxes"])
    assert all(sums.table_numbers)
    assert all(sums.kinds["money"]), sums.wrong
    assert sums.characters["printed"].accuracy > 0.85  # the places over the digits of an amount are print too, and tiny
    assert len(sums.wrong) <= MAY_BE_WRONG.get(page.name, 2), sums.wrong
