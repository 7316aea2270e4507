"""What runs in the process apart: files in, proposals and pictures out, as msgpack of the structs below."""

from typing import Any

import msgspec

from mobile_contract.forms import FormDefinition
from mobile_contract.problems import Refused
from mobile_contract.records import Flag, ProposedField
from server.kernel.spawned import Line


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Files of one scan in order, every published form, the project's lists, the year, and pages to leave out.

    ``projects`` are the names under which a code may know the project; empty when any will do.
    """

    files: tuple[bytes, ...] = ()
    forms: tuple[FormDefinition, ...]
    lists: dict[str, tuple[str, ...]] = {}
    year: int | None = None
    projects: tuple[str, ...] = ()
    skip: dict[int, str] = {}


class Began(msgspec.Struct, frozen=True, tag=True):
    """A page (from 1) is being read now; 0: files are being decoded, the engine loads, or pictures are drawn."""

    page: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Nothing could be read: a listed problem."""

    code: str
    params: dict[str, str]


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was read. ``rectified`` are JPEGs and ``boxed`` PNGs, one of each per page."""

    engine: str
    form: str | None = None
    form_version: int | None = None
    fields: tuple[ProposedField, ...] = ()
    flags: tuple[Flag, ...] = ()
    rectified: tuple[bytes, ...] = ()
    boxed: tuple[bytes, ...] = ()


Message = Began | Failed | Done


def serve(line: Line, choice: str) -> None:
    """Read tasks from ``line`` until it ends, with the engine of a :class:`ocr.models.Choice` in JSON."""
    encoder, decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Task)
    engine: Any = None

    def tell(message: Message) -> None:
        line.send(encoder.encode(message))

    while True:
        task = decoder.decode(line.receive())
        tell(Began(0))
        try:
            if engine is None:
                engine = _engine(choice)
            answer: Message = _read(engine, task, tell)
        except Refused as refusal:
            answer = Failed(refusal.code, refusal.params)
        tell(answer)


def _engine(choice: str) -> Any:
    from ocr.engines import open_engine
    from ocr.models import Choice

    return open_engine(msgspec.json.decode(choice, type=Choice))


def _read(engine: Any, task: Task, tell: Any) -> Done:
    import numpy as np

    from media.image import decode_page
    from ocr.draw import encode
    from ocr.read import Hints, read_pages

    pages, skip, refusals = [], dict(task.skip), []
    for file in task.files:
        try:
            pages += [np.ascontiguousarray(page[:, :, ::-1]) for page in decode_page(file)]  # RGB → BGR
        except Refused as refusal:  # one bad file of a scan leaves the others
            refusals.append(refusal)
            pages.append(np.full((64, 64, 3), 255, np.uint8))
            skip[len(pages)] = refusal.code
    if len(refusals) == len(task.files):
        raise refusals[0]
    known = {(form.id, form.version): form for form in task.forms}
    result = read_pages(
        pages,
        lambda form, version: known.get((form, version)),
        engine,
        Hints(lists=task.lists, year=task.year, known=task.forms, projects=frozenset(task.projects), skip=skip),
        lambda page: tell(Began(page)),
    )
    tell(Began(0))  # what follows is drawing: no page's fault
    return Done(
        engine=result.engine,
        form=result.form,
        form_version=result.form_version,
        fields=result.fields,
        flags=result.flags,
        rectified=tuple(encode(page.rectified, "jpeg") for page in result.pages),
        boxed=tuple(encode(page.with_boxes, "png") for page in result.pages),
    )
