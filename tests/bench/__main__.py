"""``make bench``: measure, print tables that are Markdown, and with ``--write`` put them into ``docs/benchmarks.md``.

``make bench`` runs the parts that are about sync; ``ARGS="rates start"`` picks parts, ``ARGS=all`` takes every one.
Each part is a module of this folder with a function that gives tables; ``PARTS`` is the list.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests.bench import machine
from tests.bench.table import Table

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@dataclass(frozen=True, slots=True)
class Part:
    """A module under ``tests.bench`` whose ``measure()`` gives tables. ``usual``: runs when no part is named."""

    about: str
    usual: bool = True

    def measure(self, name: str) -> Iterable[Table]:
        """Run it. It is imported now: no part waits for the libraries of another."""
        run: Callable[[], Iterable[Table]] = import_module(f"tests.bench.{name}").measure
        return run()


PARTS = {
    "uploads": Part("uploads of 2 MiB beside the tus server of npm", usual=False),
    "rates": Part("push and pull beside the floor, single ops, peak memory"),
    "depth": Part("the last 100 changes at 10 thousand and at a million stored records"),
    "costs": Part("what of a push goes into receipt, journal, projection and the rest"),
    "postgres": Part("push and pull on PostgreSQL with 1, 2 and 4 API processes"),
    "phones": Part("a load of reference phones with real storage, and whether everything fits afterwards"),
    "wake": Part("what silent wake-up connections cost in memory and CPU"),
    "fairness": Part("what one person's flood does to another's requests and jobs", usual=False),
    "footprint": Part("bytes that a record and an edit leave in the database, and the sealer's rate"),
    "start": Part("how long the server takes to start, and what it holds then"),
    "desk": Part("what a page of each list of the desk costs over a million rows, on both engines", usual=False),
    "takeaways": Part("100,000 reports as XLSX and CSV, and found by words: time and peak memory", usual=False),
    "app": Part("how long the phone app takes to start without a network on a slow phone", usual=False),
}


def main() -> int:
    """Run the parts that were named."""
    usage = "\n".join(
        f"  {name:<10} {part.about}{'' if part.usual else ' (when named)'}" for name, part in PARTS.items()
    )
    parser = argparse.ArgumentParser(
        prog="make bench", description=f"parts:\n{usage}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="which to run, or all; none: those about sync")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {DOCUMENT.name} too")
    args = parser.parse_args()
    if unknown := set(args.parts) - PARTS.keys() - {"all"}:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    everything = "all" in args.parts
    chosen = [
        name for name, part in PARTS.items() if everything or name in args.parts or (part.usual and not args.parts)
    ]
    for name in chosen:
        _run(name, write=args.write)
    return 0


def _run(name: str, *, write: bool) -> None:
    print(f"## {name}: {PARTS[name].about}", flush=True)
    about, began = machine.described(), time.monotonic()
    tables = [table.markdown() for table in PARTS[name].measure(name)]
    tables.append(f"`make bench ARGS={name}`: {about}; took {time.monotonic() - began:.0f} s.")
    text = "\n\n".join(tables)
    print(f"\n{text}\n", flush=True)
    if write:
        _write(name, text)


def _write(name: str, text: str) -> None:
    """Put the figures between the marks of their part; what people wrote around them stays."""
    begin, end = f"<!-- bench {name}: begin -->\n", f"<!-- bench {name}: end -->"
    head, found, rest = DOCUMENT.read_text("utf-8").partition(begin)
    if not found or end not in rest:
        print(f"{DOCUMENT} has no marks for {name}; the figures stand above", file=sys.stderr)
        return
    DOCUMENT.write_text(head + begin + text + "\n" + end + rest.partition(end)[2], "utf-8")


if __name__ == "__main__":
    sys.exit(main())
