"""The score as ``docs/mutation.md`` has it: a block for each part, put in by the run that measured it."""

import re
from datetime import UTC, datetime
from pathlib import Path

from tests.mutation.parts import PARTS, ROOT, Part
from tests.mutation.runner import Results

_HEAD = """# Mutation

`make mutate` makes one small change to the code at a time – a comparison turned, a number one too high, a statement
left out, `return None` – and runs the tests that reach it. A change that no test notices has *survived*: either a test
is missing, or the change makes no difference. Run by hand; `make mutate ARGS="sync --sample 200 --write"` runs one part
and puts its figures here. Only tests that need no system package take part; lines that PostgreSQL or S3 alone run
count as not reached.
"""


def write(page: Path, part: Part, results: Results, of: int) -> None:
    """Put the figures of one part into the page, in place of its earlier ones."""
    blocks = _blocks(page.read_text("utf-8")) if page.exists() else {}
    blocks[part.name] = _block(part, results, of)
    order = [blocks[one.name] for one in PARTS if one.name in blocks]
    page.write_text("\n".join([_HEAD, *order]), "utf-8")


def _blocks(text: str) -> dict[str, str]:
    return {found[1]: found[0] for found in re.finditer(r"^## (\w+)\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)}


def _block(part: Part, results: Results, of: int) -> str:
    killed, count = len(results.killed), results.count
    score = (
        f"**{100 * killed / max(count, 1):.1f} %**: {killed} of {count} noticed, {len(results.survived)} survived, "
        f"{len(results.unreached)} not reached; {'all' if count == of else f'a sample of {of}'}; "
        f"{datetime.now(UTC).date()}.\n"
    )
    lines = [
        f"## {part.name}\n",
        score,
        "| module | mutants | noticed |",
        "|---|---|---|",
    ]
    everything = [*results.killed, *results.survived, *results.unreached]
    for path in sorted({task.path for task in everything}):
        there = sum(task.path == path for task in everything)
        noticed = sum(task.path == path for task in results.killed)
        lines.append(f"| `{path.relative_to(ROOT)}` | {there} | {noticed} |")
    return "\n".join([*lines, ""])
