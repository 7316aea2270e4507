"""What runs in the process apart: files in, proposals and pictures out, as msgpack of the structs below.

Files are asked for one by one and pages are decoded one by one, when their turn has come: a scan of forty large pages
takes no more memory than one of them, and a page that brings the process down is known by its number.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

import msgspec

from mobile_contract.extractions import (
    Flag,
    FoundLine,
    FoundPair,
    FoundTable,
    ProposedField,
)
from mobile_contract.forms import FormDefinition
from mobile_contract.problems import Refused
from mobile_contract.records import ArrangedPage
from ocr.trust import Fit, shipped
from server.kernel.spawned import Line


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A scan of so many files, every published form, the project's lists, the year, and pages to leave out.

    ``projects`` are the names that a code may have for the project; empty when any will do. ``counts`` is how
    many pages files have that were opened before, by their index. ``fit`` judges what is read. ``arranged`` are the
    pages that a person chose, in order; without it they are all pages of all files. ``named``: a person says that the
    paper is of the one form that is given.
    """

    files: int
    forms: tuple[FormDefinition, ...]
    lists: dict[str, tuple[str, ...]] = {}
    year: int | None = None
    projects: tuple[str, ...] = ()
    skip: dict[int, str] = {}
    counts: dict[int, int] = {}
    fit: Fit = msgspec.field(default_factory=shipped)
    arranged: tuple[ArrangedPage, ...] = ()
    named: bool = False


class Want(msgspec.Struct, frozen=True, tag=True):
    """The bytes of a file (from 0) are wanted; they are the whole answer."""

    file: int


class Opened(msgspec.Struct, frozen=True, tag=True):
    """A file has so many pages."""

    file: int
    pages: int


class Began(msgspec.Struct, frozen=True, tag=True):
    """A page (from 1) is being decoded and read now, of so many; 0: the engine loads, or pictures are drawn."""

    page: int
    of: int = 0


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Nothing could be read: a listed problem."""

    code: str
    params: dict[str, str]


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The result of reading. ``rectified`` are JPEGs and ``boxed`` PNGs, one of each per page.

    ``counts`` are the pages of the files, if all were opened.
    """

    engine: str
    fit: Fit = msgspec.field(default_factory=shipped)
    form: str | None = None
    form_version: int | None = None
    serial: str = ""
    fields: tuple[ProposedField, ...] = ()
    flags: tuple[Flag, ...] = ()
    rectified: tuple[bytes, ...] = ()
    boxed: tuple[bytes, ...] = ()
    lines: tuple[FoundLine, ...] = ()
    tables: tuple[FoundTable, ...] = ()
    pairs: tuple[FoundPair, ...] = ()
    text: str = ""
    counts: tuple[int, ...] = ()


Message = Want | Opened | Began | Failed | Done
_ENCODER: Final = msgspec.msgpack.Encoder()


def serve(line: Line, choice: str, memory_bytes: str) -> None:
    """Read tasks from ``line`` until it ends, with the engine of a :class:`ocr.models.Choice` in JSON.

    ``memory_bytes`` is what reading may take beyond the engine: the next allocation fails, and costs that page.
    """
    decoder = msgspec.msgpack.Decoder(Task)
    engine: Any = None
    while True:
        files = _Files(line, decoder.decode(line.receive()))
        files.tell(Began(0))
        try:
            if engine is None:
                engine = _engine(choice, int(memory_bytes))
            answer: Message = _read(engine, files)
        except Refused as refusal:
            answer = Failed(refusal.code, refusal.params)
        files.tell(answer)


def _engine(choice: str, memory_bytes: int) -> Any:
    from media.workshop import bound_memory
    from ocr.engines import open_engine
    from ocr.models import Choice

    engine = open_engine(msgspec.json.decode(choice, type=Choice))
    bound_memory(memory_bytes)
    return engine


class _Files:
    """The files of one scan as pages to come; the bytes of one file at a time are here."""

    def __init__(self, line: Line, task: Task) -> None:
        self._line = line
        self._counts = dict(task.counts)
        self._held = -1, b""
        self.task = task
        self.refusals: list[Refused] = []

    def tell(self, message: Message) -> None:
        """Send a message to the server."""
        self._line.send(_ENCODER.encode(message))

    def begin(self, page: int) -> None:
        """Report which page is next, of how many as far as is known."""
        if self.task.arranged:
            self.tell(Began(page, len(self.task.arranged)))
            return
        self.tell(Began(page, sum(self._counts.values()) + self.task.files - len(self._counts)))

    def pages(self) -> Iterator[Callable[[], Any]]:
        """Return what decodes each page when it is called; a file is opened when its first page is asked for."""
        for page in self.task.arranged:
            yield partial(self._decode, page.file, page.page)
        if self.task.arranged:
            return
        number = 1
        for file in range(self.task.files):
            if file not in self._counts:
                # Left out, although its length is unknown: then opening it was what stopped the process.
                self._counts[file] = 1 if number in self.task.skip else self._count(file)
            for index in range(self._counts[file]):
                yield partial(self._decode, file, index)
                number += 1

    def counts(self) -> tuple[int, ...]:
        """Return the pages of each file; empty where not all of them were opened."""
        known = (self._counts.get(file) for file in range(self.task.files))
        return () if self.task.arranged else tuple(pages for pages in known if pages is not None)

    def _count(self, file: int) -> int:
        from media.image import count_pages

        try:
            pages = count_pages(self._bytes(file))
        except Refused:  # and again, when the page is decoded
            pages = 1
        self.tell(Opened(file, pages))
        return pages

    def _decode(self, file: int, index: int) -> Any:
        import numpy as np

        from media.image import one_page

        try:
            return np.ascontiguousarray(one_page(self._bytes(file), index)[:, :, ::-1])  # RGB → BGR
        except Refused as refusal:
            self.refusals.append(refusal)
            raise

    def _bytes(self, file: int) -> bytes:
        if self._held[0] != file:
            self._held = -1, b""
            self.tell(Want(file))
            self._held = file, self._line.receive()
        return self._held[1]


def _read(engine: Any, files: _Files) -> Done:
    from ocr.beside import by_pairs
    from ocr.draw import encode
    from ocr.fields import Context
    from ocr.one_scan import Hints
    from ocr.read import read_pages

    task = files.task
    known = {(form.id, form.version): form for form in task.forms}
    result = read_pages(
        files.pages(),
        lambda form, version: known.get((form, version)),
        engine,
        Hints(
            lists=task.lists,
            year=task.year,
            known=task.forms,
            projects=frozenset(task.projects),
            skip=task.skip,
            fit=task.fit,
            turns={number: page.turn for number, page in enumerate(task.arranged, start=1) if page.turn},
        ),
        files.begin,
    )
    if files.refusals and len(files.refusals) == len(result.pages):
        raise files.refusals[0]
    if task.named and result.form is None:
        (form,) = task.forms
        context = Context(form=form, lists=task.lists, year=task.year, engine=result.engine, fit=task.fit)
        result = replace(result, form=form.id, form_version=form.version, fields=by_pairs(context, result.pairs))
    files.tell(Began(0))  # what follows is drawing: no page's fault
    return Done(
        engine=result.engine,
        fit=task.fit,
        form=result.form,
        form_version=result.form_version,
        serial=result.serial,
        fields=result.fields,
        flags=result.flags,
        rectified=tuple(page.jpeg for page in result.pages),
        boxed=tuple(encode(page.with_boxes, "png") for page in result.pages),
        lines=result.lines,
        tables=result.tables,
        pairs=result.pairs,
        text=result.text,
        counts=files.counts(),
    )
