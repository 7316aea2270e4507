"""The score as ``docs/mutation.md`` has it: a block for each part, put in by the run that measured it."""

import re
from datetime import UTC, datetime
from pathlib import Path

from tests.mutation.equivalents import why
from tests.mutation.parts import PARTS, ROOT, Part
from tests.mutation.runner import Results

_HEAD = """# Mutation

`make mutate` makes one small change to the code at a time – a comparison turned, a number one too high, a statement
left out, `return None` – and runs the tests that reach it. A change that no test notices has *survived*: either a test
is missing, or the change makes no difference. Those of the second sort are listed with their reason
(`tests/mutation/equivalents.py`) and are no part of the score.

Run by hand; `make mutate ARGS="sync --sample 200 --write"` runs one part and puts its figures here. Only tests that
need no system package take part; lines that PostgreSQL or S3 alone run count as not reached.
"""


def write(page: Path, part: Part, results: Results, of: int) -> None:
    """Put the figures of one part into the page, in place of its earlier ones."""
    blocks = _blocks(page.read_text("utf-8")) if page.exists() else {}
    blocks[part.name] = _block(part, results, of)
    order = [blocks[one.name] for one in PARTS if one.name in blocks]
    page.write_text("\n".join([_HEAD, *order]), "utf-8")


def _blocks(text: str) -> dict[str, str]:
    return {
        found[1]: found[0].rstrip() + "\n"
        for found in re.finditer(r"^## (\w+)\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    }


def _block(part: Part, results: Results, of: int) -> str:
    count = results.count
    score = (
        f"**{results.score:.1f} %**: {len(results.killed)} of {count - len(results.accepted)} noticed, "
        f"{len(results.survived)} survived, {len(results.unreached)} not reached; "
        f"{'all mutants' if count == of else f'a sample of {count} of {of}'}; {datetime.now(UTC).date()}.\n"
    )
    lines = [
        f"## {part.name}\n",
        score,
        "| module | mutants | noticed |",
        "|---|---|---|",
    ]
    everything = [*results.killed, *results.survived, *results.unreached, *results.accepted]
    for path in sorted({task.path for task in everything}):
        there = sum(task.path == path for task in everything)
        noticed = sum(task.path == path for task in results.killed)
        lines.append(f"| `{path.relative_to(ROOT)}` | {there} | {noticed} |")
    if results.accepted:
        lines.append("\nWithout these, which make no difference:\n")
    for task in sorted(results.accepted, key=lambda task: (task.path, task.mutant.number)):
        reason = why(task.path, task.mutant)
        lines.append(f"- `{task.path.relative_to(ROOT)}`, line {task.mutant.line}, `{task.mutant.what}`: {reason}.")
    return "\n".join([*lines, ""])
