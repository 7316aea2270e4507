"""``make ocr-bench``: how well paper is read, in tables that are Markdown; ``--write`` puts them into the docs.

Without more it makes pages, reads them with each engine, and compares (``tests/ocr/bench/pages.py``). With
``--pages DIR`` it reads anybody's pages with their truth (``docs/ocr-truth.md``); ``--save DIR`` writes made pages in
that format instead of reading them.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from ocr.models import seed
from tests.bench import machine
from tests.bench.table import Table
from tests.ocr.bench import figures, hands
from tests.ocr.bench.figures import Tally
from tests.ocr.bench.made import given, make
from tests.ocr.bench.pages import GRADE_NAMES, LAYOUTS, Sample, samples
from tests.ocr.bench.reading import ENGINES, MODELS, ROOT, Task, missing, read, reader
from tests.ocr.bench.truth import Untrue, save
from tests.ocr.bench.world import LANGUAGES

T = TypeVar("T")
DOCUMENT = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    """Measure what was asked."""
    args = _arguments()
    if args.save:
        for sample in _samples(args):
            print(save(sample, args.save))
        return 0
    seed(MODELS)
    began, about = time.monotonic(), machine.described()
    engines = []
    for engine in args.engines:
        if (why := missing(engine)) is None:
            engines.append(engine)
        else:
            print(f"not measured: {why}", file=sys.stderr)
    try:
        done = list(_given_pages(args, engines) if args.pages else _made_pages(args, engines))
    except Untrue as error:
        sys.exit(f"{error}\nWhat to do: docs/ocr-truth.md tells the format.")
    done.append(f'`make ocr-bench ARGS="{" ".join(sys.argv[1:])}"`: {about}; took {time.monotonic() - began:.0f} s.')
    text = "\n\n".join(part.markdown() if isinstance(part, Table) else part for part in done)
    print(f"\n{text}\n")
    if args.write and not args.pages:
        _write("paper", text)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make ocr-bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=96, help="how many pages to make")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other pages")
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES)
    parser.add_argument("--grades", nargs="+", default=GRADE_NAMES, choices=GRADE_NAMES)
    parser.add_argument("--languages", nargs="+", default=LANGUAGES, choices=LANGUAGES)
    parser.add_argument("--layouts", nargs="+", default=LAYOUTS, choices=LAYOUTS)
    parser.add_argument("--hands", nargs="+", help="who writes; without it everyone, whose fonts come from npm once")
    parser.add_argument("--pages", type=Path, metavar="DIR", help="read these pages, with their truth beside them")
    parser.add_argument("--save", type=Path, metavar="DIR", help="only write the pages and their truth there")
    parser.add_argument("--wrong", type=Path, metavar="FILE", help="list every answer that was read wrongly there")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {DOCUMENT.name} too")
    return parser.parse_args()


def _samples(args: argparse.Namespace) -> Iterator[Sample]:
    writers = tuple(args.hands or hands.everyone())
    return samples(
        args.count, args.seed, grades=args.grades, languages=args.languages, layouts=args.layouts, writers=writers
    )


def _made_pages(args: argparse.Namespace, engines: Iterable[str]) -> Iterator[Table | str]:
    with multiprocessing.get_context("spawn").Pool(1) as maker:
        made = list(_told("making pages", args.count, maker.imap(make, _samples(args))))
    everything: dict[str, Tally] = {}
    for engine in engines:
        by_grade = {grade: Tally() for grade in args.grades}
        everything[engine] = Tally()
        tasks = [Task(picture=page.picture, truth=page.truth, form=page.sample.form) for page in made]
        with reader(engine) as reading:
            outcomes = _told(engine, len(tasks), reading.imap(read, tasks))
            for page, outcome in zip(made, outcomes, strict=True):
                for tally in (by_grade[page.sample.grade], everything[engine]):
                    figures.tally(page, outcome, tally)
        yield from figures.tables(by_grade, everything[engine], engine)
    yield figures.cost(everything)
    _list_wrong(args, everything)


def _given_pages(args: argparse.Namespace, engines: Iterable[str]) -> Iterator[Table | str]:
    pages = list(given(args.pages))
    if not pages:
        sys.exit(f"{args.pages}: there is no page with its truth\nWhat to do: docs/ocr-truth.md tells the format.")
    everything = {engine: Tally() for engine in engines}
    tasks = [
        Task(picture=page.picture, truth=page.truth, form=page.form, upright=not page.registered) for page in pages
    ]
    for engine, tally in everything.items():
        with reader(engine) as reading:
            for page, outcome in zip(pages, _told(engine, len(tasks), reading.imap(read, tasks)), strict=True):
                figures.tally_given(page, outcome, tally)
    yield figures.given_table(everything)
    yield figures.cost(everything)
    _list_wrong(args, everything)


def _list_wrong(args: argparse.Namespace, everything: Mapping[str, Tally]) -> None:
    if args.wrong:
        lines = [f"{engine} {line}\n" for engine, tally in everything.items() for line in tally.wrong]
        args.wrong.write_text("".join(lines), "utf-8")


def _told(what: str, count: int, items: Iterable[T]) -> Iterator[T]:
    """Say on a terminal how far it is."""
    for number, item in enumerate(items, start=1):
        if sys.stderr.isatty():
            print(f"\r{what}: {number}/{count}", end="\n" if number == count else "", file=sys.stderr, flush=True)
        yield item


def _write(name: str, text: str) -> None:
    """Put the figures between the marks of their part; what people wrote around them stays."""
    begin, end = f"<!-- bench {name}: begin -->\n", f"<!-- bench {name}: end -->"
    head, found, rest = DOCUMENT.read_text("utf-8").partition(begin)
    if not found or end not in rest:
        sys.exit(f"{DOCUMENT} has no marks for {name}; the figures stand above")
    DOCUMENT.write_text(head + begin + text + "\n" + end + rest.partition(end)[2], "utf-8")


if __name__ == "__main__":
    sys.exit(main())
