"""Pages that were photographed once (``tests/ocr/golden``), through each engine: in several layouts, both languages.

``python -m tests.ocr.bench --pages tests/ocr/golden --wrong FILE`` lists what is read wrongly.
"""

from pathlib import Path

import pytest

from ocr.engines import open_engine
from ocr.models import Choice, Models
from tests.ocr.bench.figures import Tally, tally_given
from tests.ocr.bench.golden import FOLDER
from tests.ocr.bench.made import given
from tests.ocr.bench.reading import Task, read_with

pytestmark = pytest.mark.ocr


@pytest.mark.parametrize("name", ["paddle", "rapid"])
def test_golden_pages_are_read_as_well_as_they_were(name: str, ocr_models: Path) -> None:
    engine = open_engine(Choice(engine=name, models=Models(folder=str(ocr_models))))  # type: ignore[arg-type]
    sums = Tally()
    for page in given(FOLDER):
        task = Task(picture=page.picture, truth=page.truth, form=page.form)
        tally_given(page, read_with(engine, task), sums)
    assert sums.registered == sums.pages == 6
    assert all(sums.kinds["check boxes"])
    for kind in ("money", "decimal", "integer", "amount in words"):
        assert all(sums.kinds[kind]), sums.wrong
    assert sums.characters["printed"].accuracy > 0.97
    answers = [right for kind in sums.kinds.values() for right in kind]
    assert sum(answers) / len(answers) > 0.96, sums.wrong
