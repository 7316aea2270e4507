"""How the demonstration tells what happened: progress while it works, and a table of expectations at the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One thing that must hold, whether it did, and what was seen."""

    story: str
    sentence: str
    seen: str
    held: bool


class Teller:
    """Collects expectations and shows progress."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.expectations: list[Expectation] = []
        self._progress: Progress | None = None

    def expect(self, story: str, sentence: str, held: bool, seen: object = "") -> None:
        """Note whether something held, and what was seen."""
        self.expectations.append(Expectation(story=story, sentence=sentence, seen=str(seen), held=held))

    @property
    def all_held(self) -> bool:
        """Whether every expectation held."""
        return all(expectation.held for expectation in self.expectations)

    @contextmanager
    def chapter(self, title: str, steps: int) -> Iterator["Chapter"]:
        """Show a progress bar for one chapter."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
        )
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task(f"{title:<22}", total=steps, now="")
            yield Chapter(progress, task)
            progress.update(task, completed=steps, now="")

    def table(self, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
        """Print a table."""
        table = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print()
        self.console.print(table)

    def summary(self) -> None:
        """Print every expectation with what was seen."""
        rows = [
            (item.story, item.sentence, item.seen, "[green]✓[/]" if item.held else "[bold red]✗ 未达到[/]")
            for item in self.expectations
        ]
        self.table("结果 · What happened", ("", "期望 · expected", "实际 · seen", ""), rows)


class Chapter:
    """The progress bar of one chapter."""

    def __init__(self, progress: Progress, task: object) -> None:
        self._progress = progress
        self._task = task

    def step(self, now: str) -> None:
        """Move on by one, saying what is being done now."""
        self._progress.update(self._task, advance=1, now=now)  # type: ignore[arg-type]
