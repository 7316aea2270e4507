"""``plumbline ocr``: how far reading is trusted, what that was worth, and learning from what clerks put right."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from mobile_contract.extractions import ValueKind
from mobile_contract.problems import Refused
from mobile_contract.scans import NewThreshold
from ocr.trust import Figures, shipped
from server.app import Program
from server.cli.command import Command, say
from server.identity import WORKER
from server.kernel.settings import Settings
from server.scans import Judging
from server.scans.reliability import table


def ocr(settings: Settings, args: argparse.Namespace) -> int:
    """Print confidence figures and thresholds, set thresholds, fit confidence to clerks' corrections."""
    say(*asyncio.run(_do(settings, args)))
    return 0


async def _do(settings: Settings, args: argparse.Namespace) -> list[str]:
    async with Program.running(settings) as program:
        return await _ACTIONS[args.action](program.of(Judging), args)


async def _thresholds(judging: Judging, _args: argparse.Namespace) -> list[str]:
    found = await judging.thresholds()
    head = f"fit {found.fit}; of 100 values that are accepted {found.audit_percent} are looked at all the same"
    return [head, *(f"{one.kind.value:<8} {one.threshold or 'never':>6} {one.at or ''}" for one in found.thresholds)]


async def _threshold(judging: Judging, args: argparse.Namespace) -> list[str]:
    asked = None if args.threshold == "never" else args.threshold
    try:
        kind = ValueKind(args.kind)
        wanted = msgspec.convert({"threshold": asked}, NewThreshold, strict=False)
    except (ValueError, msgspec.ValidationError) as error:
        raise Refused("request.invalid", reason=str(error)) from error
    await judging.set_threshold(WORKER.person, kind, wanted.threshold)
    return await _thresholds(judging, args)


async def _corrections(judging: Judging, _args: argparse.Namespace) -> list[str]:
    """Return each value that was looked at as a line of JSON."""
    return [msgspec.json.encode({**row}).decode() for row in await judging.judgements()]


async def _reliability(judging: Judging, _args: argparse.Namespace) -> list[str]:
    rows = table(await judging.judgements())
    lines = [f"{'kind':<8} {'stated':>9} {'mean':>6} {'right':>6} {'n':>7}"]
    for row in rows:
        band = "audited" if row.tenth is None else f"{row.tenth / 10:.1f}-{(row.tenth + 1) / 10:.1f}"
        lines.append(
            f"{row.kind:<8} {band:>9} {row.stated / 1000:>6.3f} {row.right / row.count:>6.3f} {row.count:>7}"
            + (f"  {row.count - row.right} wrong" if row.tenth is None else "")
        )
    return lines


async def _fit(judging: Judging, args: argparse.Namespace) -> list[str]:
    if args.shipped:
        await judging.take(WORKER.person, shipped())
        return [f"fit {shipped().version} (shipped) is in force"]
    fit, before = await judging.refit(WORKER.person)
    rows = [*_figures("before", before), *_figures("now", fit.held_out)]
    return [*rows, f"fit {fit.version} is in force for what is read from now on"]


def _figures(name: str, found: Mapping[str, Figures]) -> list[str]:
    return [
        f"{name:<7} {kind:<8} n {one.examples:>8.0f}  wrong {one.wrong:>6.0f}  AUROC "
        + ("  –   " if one.auroc is None else f"{one.auroc:.4f}")
        + f"  ECE {one.ece:.4f}  coverage at 99 % {one.coverage:.3f}"
        for kind, one in found.items()
    ]


_ACTIONS: Final[dict[str, Callable[[Judging, argparse.Namespace], Awaitable[list[str]]]]] = {
    "corrections": _corrections,
    "fit": _fit,
    "reliability": _reliability,
    "threshold": _threshold,
    "thresholds": _thresholds,
}

COMMAND = Command(
    "ocr",
    ocr,
    (
        ("action", {"choices": sorted(_ACTIONS)}),
        ("kind", {"nargs": "?", "metavar": "KIND", "help": "threshold: of which kind of values"}),
        ("threshold", {"nargs": "?", "metavar": "THOUSANDTHS", "help": "threshold: 500 to 999, or never"}),
        ("--shipped", {"action": "store_true", "help": "fit: go back to the one that is shipped"}),
    ),
)
