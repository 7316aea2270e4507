"""Command line: ``python -m tests.mutation`` changes one thing at a time and says what no test noticed."""

import argparse
import importlib
import random
import sys
import time
from collections.abc import Sequence

import hypothesis

from tests.mutation import noticed, runner
from tests.mutation.mutants import mutants
from tests.mutation.parts import PARTS, ROOT, Part
from tests.mutation.runner import Results, Task

PAGE = ROOT / "docs" / "mutation.md"
#: Imported before any fork, so that no child waits for them; nothing of ours, which is to be mutated.
HEAVY = ("alembic.command", "cryptography.x509", "httpx", "litestar", "numpy", "PIL.Image", "shapely", "sqlalchemy")


def main() -> int:
    """Run the parts asked for, print what survived, and write the page if it is wanted."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("parts", nargs="*", help=", ".join(part.name for part in PARTS) + "; all without any")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants of each part, chosen by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--module", default="", help="only modules whose path holds this")
    parser.add_argument("--tests", nargs="+", default=[], help="only these tests: what they do not notice others may")
    parser.add_argument("--at-once", type=int, default=2, help="processes")
    parser.add_argument("--budget", type=float, default=30, help="CPU seconds for the tests of a mutant; 0: no limit")
    parser.add_argument("--again", action="store_true", help="leave out what an earlier run noticed")
    parser.add_argument("--write", action="store_true", help="put the score of these parts into docs/mutation.md")
    args = parser.parse_args()
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # to see a failure is enough: it is not shrunk
    hypothesis.settings.register_profile(
        "mutation", derandomize=True, database=None, max_examples=30, phases=phases, report_multiple_bugs=False
    )
    hypothesis.settings.load_profile("mutation")
    for part in PARTS:
        if not args.parts or part.name in args.parts:
            began = time.monotonic()
            tasks, of = chosen(part, args.module, args.sample, args.seed)
            print(f"{part.name}: {len(tasks)} mutants of {of}", flush=True)
            before = noticed.read(part, tasks) if args.again else []
            results = run(
                part, tuple(args.tests), [task for task in tasks if task not in before], args.at_once, args.budget
            )
            results.killed += before
            tell(part, results, time.monotonic() - began)
            if args.write:
                from tests.mutation.page import write

                write(PAGE, part, results, of)
    return 0


def chosen(part: Part, module: str, sample: int, seed: int) -> tuple[list[Task], int]:
    """Return the mutants to run, and how many the part has."""
    tasks = [
        Task(path, mutant)
        for path in part.files()
        if module in str(path)
        for lines in [path.read_text().splitlines()]
        for mutant in mutants(path.read_text())
        if part.lines is None or part.lines.search(lines[mutant.line - 1])
    ]
    of = len(tasks)
    if 0 < sample < of:
        tasks = sorted(random.Random(seed).sample(tasks, sample), key=lambda task: (task.path, task.mutant.number))
    return tasks, of


def run(part: Part, only: Sequence[str], tasks: Sequence[Task], at_once: int, budget: float) -> Results:
    """Run the mutants: those inside functions in place, the others each with an import of its own."""
    for name in HEAVY:
        importlib.import_module(name)
    tests = [str(ROOT / name) for name in only or part.tests if (ROOT / name).exists()]
    results = Results()

    def keep(task: Task) -> None:
        noticed.keep(part, [task])  # one by one: a run that is cut off is gone on with

    answer = runner.in_place(tasks, tests, results, at_once, budget, keep)
    here = {number for number, code in answer.codes.items() if code != runner.ELSEWHERE}
    outside = [task for number, task in enumerate(tasks) if number not in here]
    runner.by_import(outside, answer, results, at_once, budget, keep)
    return results


def tell(part: Part, results: Results, seconds: float) -> None:
    """Print what was not noticed, and the score."""
    for word, tasks in (("survived", results.survived), ("not reached", results.unreached)):
        for task in sorted(tasks, key=lambda task: (task.path, task.mutant.number)):
            print(f"  {word}: {task.path.relative_to(ROOT)}:{task.mutant.line} {task.mutant.what}")
    for task in results.accepted:
        print(f"  no difference: {task.path.relative_to(ROOT)}:{task.mutant.line} {task.mutant.what}")
    killed, of = len(results.killed), results.count - len(results.accepted)
    print(f"{part.name}: {killed} of {of} noticed, {results.score:.1f} %, in {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
