"""Adds up what was read of many pages, and writes it down beside what is aimed at."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from mobile_contract.extractions import ProposedField
from tests.bench.table import Table
from tests.ocr.bench.hands import is_printed
from tests.ocr.bench.made import Given, Made
from tests.ocr.bench.pages import GRADE_NAMES
from tests.ocr.bench.reading import Outcome
from tests.ocr.bench.score import Characters, Found, calibration, characters, distance, pairs, plain, same
from tests.ocr.bench.truth import Answered, mapped

_NUMBERS: Final = ("integer", "decimal", "money")
#: A page counts as registered when 95 % of its corners are found to half a millimetre.
_REGISTERED_PX: Final = 4.0


@dataclass(kw_only=True)
class Tally:
    """Sums over pages of one grade (or of all)."""

    pages: int = 0
    registered: int = 0
    errors: list[float] = field(default_factory=list)
    characters: dict[str, Characters] = field(default_factory=lambda: defaultdict(Characters))
    kinds: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    boxes: list[bool] = field(default_factory=list)
    table_numbers: list[bool] = field(default_factory=list)
    headers: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    hands: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    judged: list[tuple[float, bool]] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak_mib: int = 0
    pairs: Found = field(default_factory=Found)
    wrong: list[str] = field(default_factory=list)

    def took(self, outcome: Outcome) -> None:
        """Count what a page took."""
        self.pages += 1
        self.wall.append(outcome.seconds)
        self.cpu.append(outcome.cpu_seconds)
        self.peak_mib = max(self.peak_mib, outcome.peak_mib)

    def text(self, sums: Mapping[str, Characters]) -> None:
        """Count characters."""
        for kind, more in sums.items():
            self.characters[kind] += more

    def answers(self, fields: Iterable[Answered], proposed: Iterable[ProposedField], name: str, hand: str) -> None:
        """Compare the proposed values of a page with its truth."""
        said = {item.path: item for item in proposed}
        header = True
        for item in fields:
            got = said.get(item.path)
            right = same(item.value, got.value if got else None)
            self.kinds[item.kind].append(right)
            self.hands[hand].append(right)
            if item.path.count("/") > 1:
                if item.kind in _NUMBERS:
                    self.table_numbers.append(right)
            else:
                header = header and right
            if got is not None and got.value is not None:
                self.judged.append((got.confidence / 1000, right))
            if not right:
                value, readings = (got.value, got.readings) if got else (None, {})
                self.wrong.append(
                    f"{name} {item.path} [{item.kind}] {item.value!r} ({item.text!r}) -> {value!r} {readings}"
                )
            if got is not None and item.text and item.kind != "check boxes":
                self._crop(item.text, got, hand)
        known = {item.path for item in fields}
        for path, extra in said.items():  # what nobody wrote
            if path not in known and extra.value is not None:
                header = header and path.count("/") > 1
                self.judged.append((extra.confidence / 1000, False))
                self.wrong.append(f"{name} {path} [empty] None -> {extra.value!r} {extra.readings}")
        self.headers[_kind(hand)].append(header)

    def _crop(self, text: str, got: ProposedField, hand: str) -> None:
        wanted, read = (str(plain(one)).replace(" ", "") for one in (text, got.readings.get("crop", "")))
        kind = f"crop {_kind(hand)}"
        self.characters[kind] += Characters(wrong=distance(wanted, read), all=len(wanted))


def _kind(hand: str) -> str:
    return "printed" if is_printed(hand) else "handwritten"


def tally(made: Made, outcome: Outcome, into: Tally) -> None:
    """Count one page that the bench made."""
    into.took(outcome)
    if made.to_page is not None and outcome.lines:
        regions = [(mapped(line.quad, made.to_page), line.text, line.kind) for line in made.truth.lines]
        into.text(characters(regions, outcome.lines))
    if outcome.text_only:
        return
    into.registered += bool(made.errors) and float(np.quantile(made.errors, 0.95)) < _REGISTERED_PX
    into.errors += made.errors
    into.answers(made.truth.fields, outcome.fields, made.sample.name, made.sample.hand)
    into.boxes += _boxes(made, outcome)


def tally_given(given: Given, outcome: Outcome, into: Tally) -> None:
    """Count one page of somebody's."""
    into.took(outcome)
    if given.truth.lines:
        regions = [(mapped(line.quad, given.matrix), line.text, line.kind) for line in given.truth.lines]
        into.text(characters(regions, outcome.lines))
    if outcome.text_only:
        return
    into.registered += given.registered
    if given.truth.fields:
        into.answers(given.truth.fields, outcome.fields, given.name, "")
    if given.truth.pairs:
        into.pairs += pairs([(pair.key, pair.value) for pair in given.truth.pairs], outcome.pairs)


def _boxes(made: Made, outcome: Outcome) -> list[bool]:
    """Judge every check box of a page: ticked or not."""
    said = {item.path: _names(item.value) for item in outcome.fields}
    true = {item.path: item.text.split() for item in made.truth.fields if item.kind == "check boxes"}
    places = made.sample.layout.pages[made.sample.page - 1].places
    return [
        (place.choice in true.get(place.path, ())) == (place.choice in said.get(place.path, ()))
        for place in places
        if place.choice is not None
    ]


def _names(value: Any) -> Sequence[str]:
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (value,) if isinstance(value, str) else value or ()


# tables ---------------------------------------------------------------------------------------------------------------


def tables(tallies: Mapping[str, Tally], everything: Tally, engine: str) -> list[Table]:
    """Write down one engine's figures by grade; ``everything`` holds all grades together."""
    columns = [*((grade, tallies[grade]) for grade in GRADE_NAMES if grade in tallies), ("all", everything)]
    if not everything.kinds:
        rows = [row for row in _ROWS if row[0].startswith("characters on the page")]
    else:
        rows = list(_ROWS)
    main = Table((f"{engine}: {everything.pages} pages", *(name for name, _ in columns), "aim"))
    for name, figure, aim in rows:
        main.add(name, *(figure(sums) for _, sums in columns), aim)
    if not everything.kinds:
        return [main]
    kinds = Table(("exact match by type", *(name for name, _ in columns), "answers"))
    for kind in sorted(everything.kinds):
        kinds.add(kind, *(_share(sums.kinds.get(kind, ())) for _, sums in columns), len(everything.kinds[kind]))
    hands = Table(("exact match by hand", *(name for name, _ in columns), "answers"))
    for hand in sorted(everything.hands):
        hands.add(hand, *(_share(sums.hands.get(hand, ())) for _, sums in columns), len(everything.hands[hand]))
    return [main, kinds, hands]


def cost(all_: Mapping[str, Tally]) -> Table:
    """Write down what reading a page takes, for each engine."""
    table = Table(("engine", "seconds, median", "p95", "CPU seconds, median", "p95", "peak MiB"))
    for engine, sums in all_.items():
        table.add(engine, *(_middle_and_p95(sums.wall)), *(_middle_and_p95(sums.cpu)), sums.peak_mib)
    table.add("aim", "≤ 3", "≤ 8", "", "", "≤ 1024")
    return table


def given_table(all_: Mapping[str, Tally]) -> Table:
    """Write down how well pages of somebody's were read, engine by engine."""
    table = Table(("pages of yours", *all_))
    rows: tuple[tuple[str, Callable[[Tally], str]], ...] = (
        ("pages", lambda sums: str(sums.pages)),
        ("registered by their marks", lambda sums: str(sums.registered)),
        *((name, _of_characters(kind)) for name, kind in _ON_PAGE),
        ("answers right", lambda sums: _share([right for kind in sums.kinds.values() for right in kind])),
        ("all header fields of a page", _of_headers("printed", "handwritten")),
        ("pairs found: precision", lambda sums: _ratio(sums.pairs.right, sums.pairs.told)),
        ("pairs found: recall", lambda sums: _ratio(sums.pairs.right, sums.pairs.true)),
    )
    for name, figure in rows:
        table.add(name, *(figure(sums) for sums in all_.values()))
    return table


def _ratio(part: int, whole: int) -> str:
    return _percent(part / whole) if whole else "–"


def _middle_and_p95(values: Sequence[float]) -> tuple[str, str]:
    if not values:
        return "–", "–"
    return f"{np.median(values):.2f}", f"{np.quantile(values, 0.95):.2f}"


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"


def _share(flags: Sequence[bool]) -> str:
    return _percent(sum(flags) / len(flags)) if flags else "–"


def _of_characters(kind: str) -> "Callable[[Tally], str]":
    return lambda sums: _percent(sums.characters[kind].accuracy) if kind in sums.characters else "–"


def _of_headers(*kinds: str) -> "Callable[[Tally], str]":
    return lambda sums: _share([right for kind in kinds for right in sums.headers.get(kind, ())])


def _mean(sums: Tally) -> str:
    return f"{np.mean(sums.errors):.2f} / {np.quantile(sums.errors, 0.95):.2f}" if sums.errors else "–"


_ON_PAGE: Final = (
    ("characters on the page, printed", "printed"),
    ("characters on the page, handwriting", "handwritten"),
)
_ROWS: Final[tuple[tuple[str, Callable[[Tally], str], str], ...]] = (
    ("pages registered", lambda sums: _percent(sums.registered / sums.pages if sums.pages else math.nan), "≥ 99.5 %"),
    ("registration error, mean / p95 (px at 200 dpi)", _mean, ""),
    ("check boxes", lambda sums: _share(sums.boxes), "≥ 99.5 %"),
    ("characters on the page, printed", _of_characters("printed"), "≥ 99.5 % (phone)"),
    ("characters on the page, handwriting-like", _of_characters("handwritten"), ""),
    ("characters of answers, printed", _of_characters("crop printed"), "≥ 99.5 % (phone)"),
    ("characters of answers, handwriting-like", _of_characters("crop handwritten"), ""),
    ("numbers in tables", lambda sums: _share(sums.table_numbers), "≥ 99 %"),
    ("all header fields of a page", _of_headers("printed", "handwritten"), "≥ 97 % phone, 92 % hard"),
    ("– filled by a machine", _of_headers("printed"), ""),
    ("– filled by a hand", _of_headers("handwritten"), ""),
    ("values proposed", lambda sums: str(len(sums.judged)), ""),
    ("calibration error (ECE)", lambda sums: f"{calibration(sums.judged).ece:.3f}", ""),
    ("coverage at 99 % right", lambda sums: _percent(calibration(sums.judged).coverage), "≥ 85 %"),
)
