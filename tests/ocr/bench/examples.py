"""Examples for a fit: pages of the bench read by an engine, and whether each proposed value is what was written.

``python -m tests.ocr.bench.examples FILE --pages N --seed S --engine paddle`` reads pages and appends a line per value;
``python -m tests.ocr.bench.examples FILE --fit`` makes ``ocr/fit.json`` of such a file. Its seeds are never those that
the bench reports with.
"""

import argparse
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from ocr.engine import Engine
from ocr.engines import open_engine
from ocr.fitting import Example, learn
from ocr.models import Choice, Models
from ocr.read import read_pages
from ocr.trust import Figures
from tests.ocr.bench.hands import everyone
from tests.ocr.bench.pages import Sample, samples

ROOT = Path(__file__).parents[3]
SEED = 20_260


def examples_of(sample: Sample, engine: Engine) -> Iterator[Example]:
    """Read one page, and judge what is proposed for it by what was written."""
    result = read_pages([sample.photograph().image], lambda _form, _version: sample.form, engine, sample.hints)
    here = {place.path for place in sample.layout.pages[sample.page - 1].places}
    for field in result.fields:
        if field.path not in here or field.kind is None:
            continue
        if field.value is None and field.readings:
            continue  # not understood: nothing was proposed
        answer = sample.answers.get(field.path)
        right = same(field.value, None if answer is None else answer.value)
        yield Example(
            kind=field.kind.value,
            grounds=field.grounds,
            right=right,
            group=f"{sample.name}-{engine.name}",
            engine=engine.name,
            stated=field.confidence,
        )


def same(proposed: Any, written: Any) -> bool:
    """Compare as a clerk would: the width of characters and the kind of blanks between words are no difference."""
    if isinstance(proposed, str) and isinstance(written, str):
        return _plain(proposed) == _plain(written)
    if isinstance(proposed, list) and isinstance(written, list):
        return set(proposed) == set(written)
    return bool((proposed or None) == (written or None)) if written in ([], "") else bool(proposed == written)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _read(file: Path, pages: int, seed: int, engine: Literal["paddle", "rapid"]) -> None:
    opened = open_engine(Choice(engine=engine, models=Models(folder=str(ROOT / "var/models"))))
    encoder = msgspec.json.Encoder()
    with file.open("ab") as out:
        for number, sample in enumerate(samples(pages, seed, writers=tuple(everyone())), start=1):
            found = list(examples_of(sample, opened))
            out.writelines(encoder.encode(example) + b"\n" for example in found)
            out.flush()
            wrong = sum(not example.right for example in found)
            sys.stdout.write(f"{number} {sample.name}: {len(found)} values, {wrong} wrong\n")
            sys.stdout.flush()


def _fit(file: Path) -> None:
    decoder = msgspec.json.Decoder(Example)
    fit = learn([decoder.decode(line) for line in file.read_bytes().splitlines()])
    (ROOT / "ocr/fit.json").write_bytes(msgspec.json.format(msgspec.json.encode(fit, order="sorted"), indent=1) + b"\n")
    show(fit.held_out)


def show(found: dict[str, Figures]) -> None:
    """Print figures as a table."""
    for kind, one in found.items():
        row = f"{kind:<8} {one.examples:>8.0f} {one.wrong:>6.0f} wrong  AUROC {one.auroc or 0:.4f}  ECE {one.ece:.4f}"
        sys.stdout.write(f"{row}  coverage at 99 % {one.coverage:.3f}  loss {one.loss:.4f}\n")


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--pages", type=int, default=120)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--engine", choices=("paddle", "rapid"), default="paddle")
    parser.add_argument("--fit", action="store_true")
    args = parser.parse_args()
    if args.fit:
        _fit(args.file)
    else:
        _read(args.file, args.pages, args.seed, args.engine)


if __name__ == "__main__":
    main()
