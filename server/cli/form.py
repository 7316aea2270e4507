"""``plumbline form``: compile, print, publish, compare or draft a form."""

import argparse
import asyncio
from pathlib import Path

import msgspec

from mobile_contract.forms import FormDefinition, FormDifference
from mobile_contract.problems import Refused
from server import forms, scans
from server.app import Program
from server.cli.command import Command, Run, say
from server.identity import WORKER
from server.kernel.settings import Settings


def form(settings: Settings, args: argparse.Namespace) -> int:
    """Compile an XLSForm, print, publish or compare it; draft one from a scan. FORM is a file, or the id of a form."""
    return _ACTIONS[args.action](settings, args)


def _source(args: argparse.Namespace) -> bytes:
    source = Path(args.form).read_bytes() if Path(args.form).is_file() else forms.library().get(args.form)
    if source is None:
        raise Refused("forms.unknown", form=args.form, version="")
    return source


def _compile(_settings: Settings, args: argparse.Namespace) -> int:
    compiled = forms.compile_form(_source(args))
    say(msgspec.json.format(msgspec.json.encode(compiled.form), indent=2).decode())
    return 0


def _print(settings: Settings, args: argparse.Namespace) -> int:
    from ocr import sheet

    # A file is printed as a draft, to look at; only a published version can be read back from paper.
    on_file = Path(args.form).is_file()
    definition = forms.compile_form(_source(args)).form if on_file else asyncio.run(_offered(settings, args.form))
    out = Path(args.out or f"{definition.id}.pdf")
    pdf = sheet.print_sheet(
        definition, project=args.project, project_name=args.name, serial=args.serial, language=args.language
    )
    out.write_bytes(pdf)
    say(out)
    return 0


async def _offered(settings: Settings, name: str) -> FormDefinition:
    async with Program.running(settings) as program:
        return await program.db.read(lambda tx: forms.offered(tx, name))


def _publish(settings: Settings, args: argparse.Namespace) -> int:
    say(asyncio.run(_published(settings, _source(args))))
    return 0


async def _published(settings: Settings, source: bytes) -> str:
    async with Program.running(settings) as program:
        published = await program.of(forms.Forms).publish(WORKER.person, source)
        return f"{published.id} {published.version}"


def _diff(settings: Settings, args: argparse.Namespace) -> int:
    draft = forms.compile_form(_source(args)).form if Path(args.form).is_file() else None
    for change in asyncio.run(_compared(settings, args, draft)).changes:
        say(f"{change.said['zh-CN']}\n    {change.said['en']}")
    return 0


async def _compared(settings: Settings, args: argparse.Namespace, draft: FormDefinition | None) -> FormDifference:
    name = args.form if draft is None else draft.id
    async with Program.running(settings) as program:
        newest = await program.of(forms.Forms).newest(name)
        since = args.since or (newest if draft is not None else newest - 1)
        later = draft or await program.of(forms.Forms).one(name, newest)
        return forms.difference(await program.of(forms.Forms).one(name, since), later)


def _draft(settings: Settings, args: argparse.Namespace) -> int:
    """Read a scanned sample in the process apart, and write the form that it seems to be."""
    text = asyncio.run(_drafted(settings, Path(args.form).read_bytes()))
    if args.out:
        Path(args.out).write_text(text, "utf-8")
    say(args.out or text)
    return 0


async def _drafted(settings: Settings, sample: bytes) -> str:
    async def load(_file: int) -> bytes:
        return sample

    reader = scans.ScanReader.by(settings)
    try:
        found = await reader.read(scans.Task(files=1, forms=()), load)
    finally:
        reader.close()
    return forms.draft(forms.Sample(pairs=found.pairs, tables=found.tables, lines=found.lines))


_ACTIONS: dict[str, Run] = {
    "compile": _compile,
    "diff": _diff,
    "draft": _draft,
    "print": _print,
    "publish": _publish,
}

COMMAND = Command(
    "form",
    form,
    (
        ("action", {"choices": sorted(_ACTIONS)}),
        ("form", {"metavar": "FORM", "help": "a file (.xlsx, or the text form) or the id of a form; draft: a scan"}),
        ("--since", {"type": int, "metavar": "VERSION", "help": "diff: the version to compare with"}),
        ("--out", {"help": "print, draft: the file to write"}),
        ("--project", {"default": "", "metavar": "ID", "help": "print: the project, for the QR code"}),
        ("--name", {"default": "", "help": "print: the project's name, for people"}),
        ("--serial", {"default": "", "help": "print: the number of this sheet"}),
        ("--language", {"default": "zh-CN", "help": "print: zh-CN, en, or another the form has labels in"}),
    ),
)
