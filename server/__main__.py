"""``plumbline``: the command line. Each command is a function; the table at the end is the program."""

import argparse
import asyncio
import contextlib
import gc
import getpass
import logging
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from mobile_contract.forms import FormDefinition, FormDifference
from mobile_contract.problems import Refused, details
from server import identity, schema, trust
from server.app import Program
from server.kernel.database import Database
from server.kernel.settings import BadSetting, Settings, load

Command = Callable[[Settings, argparse.Namespace], int]


class _Server(uvicorn.Server):
    """Looks over what it was started with no more, and ends the wake-up connections when it is told to stop."""

    def __init__(self, config: uvicorn.Config, program: Program) -> None:
        super().__init__(config)
        self._program = program

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is here now stays, and what a request leaves behind has no circles: collecting less often saves a push
        # about a tenth of its time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._program.replication.wakes.close()
        await super().shutdown(sockets)


def serve(settings: Settings, _args: argparse.Namespace) -> int:
    """Serve the API; with ``embedded_worker`` also run the jobs and seal the journal."""
    program = Program(settings)
    config = uvicorn.Config(
        program.litestar(),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )
    server = _Server(config, program)
    with contextlib.suppress(KeyboardInterrupt):  # which uvicorn raises again when it is done
        server.run()
    return 0 if server.started else 3


def worker(settings: Settings, _args: argparse.Namespace) -> int:
    """Run jobs and seal the journal beside servers that run without a worker."""

    async def run() -> None:
        program = Program(settings)
        await program.start()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, program.stop)
        await program.work()
        await program.close()

    asyncio.run(run())
    return 0


def migrate(settings: Settings, _args: argparse.Namespace) -> int:
    """Bring the database to the newest version."""

    async def run() -> str | None:
        program = Program(settings)
        await program.start()
        version = await program.db.read(schema.current)
        await program.close()
        return version

    print(asyncio.run(run()))  # noqa: T201 - a command's answer
    return 0


def restored(settings: Settings, _args: argparse.Namespace) -> int:
    """Say that the database came from a backup: phones then send again what they keep. Do it before serving."""

    async def run() -> str:
        program = Program(settings)
        await program.start()
        epoch = await program.replication.restored(identity.WORKER.person)
        await program.close()
        return epoch

    print(asyncio.run(run()))  # noqa: T201 - a command's answer
    return 0


def user(settings: Settings, args: argparse.Namespace) -> int:
    """Create the first administrator (the password is asked for, or read from a pipe); the rest is done over HTTP."""
    password = getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")

    async def run() -> str:
        program = Program(settings)
        await program.start()
        person = await program.identity.create_first_admin(args.name, args.login, password)
        await program.close()
        return person.id

    print(asyncio.run(run()))  # noqa: T201 - a command's answer
    return 0


def enrol(settings: Settings, args: argparse.Namespace) -> int:
    """Make a code that enrols one phone of a person, and print it as a link and a QR."""
    from server import enrolling

    async def run() -> str:
        program = Program(settings)
        await program.start()
        made = await program.identity.sessions.enrolment_of(args.login)
        await program.close()
        return made.code

    address = enrolling.link(args.at or f"http://127.0.0.1:{settings.port}", asyncio.run(run()))
    print(enrolling.drawn(address), address, sep="\n")  # noqa: T201 - a command's answer
    return 0


def form(settings: Settings, args: argparse.Namespace) -> int:
    """Compile an XLSForm, print, publish or compare it; draft one from a scan. FORM is a file, or the id of a form."""
    return _FORM[args.action](settings, args)


def _source(args: argparse.Namespace) -> bytes:
    from server import forms

    source = Path(args.form).read_bytes() if Path(args.form).is_file() else forms.library().get(args.form)
    if source is None:
        raise Refused("forms.unknown", form=args.form, version="")
    return source


def _compile(_settings: Settings, args: argparse.Namespace) -> int:
    from server import forms

    compiled = forms.compile_form(_source(args))
    print(msgspec.json.format(msgspec.json.encode(compiled.form), indent=2).decode())  # noqa: T201 - the answer
    return 0


def _print(settings: Settings, args: argparse.Namespace) -> int:
    from ocr import sheet
    from server import forms

    async def offered() -> FormDefinition:
        program = Program(settings)
        await program.start()
        try:
            return await program.db.read(lambda tx: forms.offered(tx, args.form))
        finally:
            await program.close()

    # A file is printed as a draft, to look at; only a published version can be read back from paper.
    on_file = Path(args.form).is_file()
    definition = forms.compile_form(_source(args)).form if on_file else asyncio.run(offered())
    out = Path(args.out or f"{definition.id}.pdf")
    pdf = sheet.print_sheet(
        definition, project=args.project, project_name=args.name, serial=args.serial, language=args.language
    )
    out.write_bytes(pdf)
    print(out)  # noqa: T201 - the answer
    return 0


def _publish(settings: Settings, args: argparse.Namespace) -> int:
    source = _source(args)

    async def run() -> str:
        program = Program(settings)
        await program.start()
        published = await program.forms.publish(identity.WORKER.person, source)
        await program.close()
        return f"{published.id} {published.version}"

    print(asyncio.run(run()))  # noqa: T201 - the answer
    return 0


def _diff(settings: Settings, args: argparse.Namespace) -> int:
    from server import forms

    draft = forms.compile_form(_source(args)).form if Path(args.form).is_file() else None
    name = args.form if draft is None else draft.id

    async def compare() -> FormDifference:
        program = Program(settings)
        await program.start()
        try:
            newest = await program.forms.newest(name)
            since = args.since or (newest if draft is not None else newest - 1)
            later = draft or await program.forms.one(name, newest)
            return forms.difference(await program.forms.one(name, since), later)
        finally:
            await program.close()

    for change in asyncio.run(compare()).changes:
        print(f"{change.said['zh-CN']}\n    {change.said['en']}")  # noqa: T201 - the answer
    return 0


def _draft(settings: Settings, args: argparse.Namespace) -> int:
    """Read a scanned sample in the process apart, and write the form that it seems to be."""
    from server import forms, scans

    sample = Path(args.form).read_bytes()

    async def load(_file: int) -> bytes:
        return sample

    async def run() -> str:
        reader = scans.Reader.by(settings)
        try:
            found = await reader.read(scans.Task(files=1, forms=()), load)
        finally:
            reader.close()
        return forms.draft(forms.Sample(pairs=found.pairs, tables=found.tables, lines=found.lines))

    text = asyncio.run(run())
    if args.out:
        Path(args.out).write_text(text, "utf-8")
    print(args.out or text)  # noqa: T201 - the answer
    return 0


_FORM: dict[str, Command] = {
    "compile": _compile,
    "diff": _diff,
    "draft": _draft,
    "print": _print,
    "publish": _publish,
}


def ocr(settings: Settings, args: argparse.Namespace) -> int:
    """Say how far reading is trusted and what that was worth; set thresholds; learn from what clerks put right."""
    return trust.run(settings, args)


def examine(settings: Settings, _args: argparse.Namespace) -> int:
    """Say what this installation has, what it lacks, and what to do about it."""
    from server import doctor

    findings = asyncio.run(doctor.examine(settings))
    for name, value in doctor.chosen(settings):
        print(f"  {name:<24} {value}")  # noqa: T201 - the answer
    for finding in findings:
        print(f"{'ok ' if finding.well else 'NO '} {finding.what:<22} {finding.seen}")  # noqa: T201 - the answer
    return 0 if all(finding.well for finding in findings) else 1


def verify(settings: Settings, _args: argparse.Namespace) -> int:
    """Examine the journal, its tree and the signed heads; name every row that was altered, removed or put elsewhere."""
    from server import proof

    async def run() -> proof.Audit:
        db = Database(settings.url)
        try:
            return await db.read(lambda tx: proof.audit(tx, print))
        finally:
            await db.close()

    seen = asyncio.run(run())
    for key, count in seen.heads.items():
        print(f"{count} heads signed by {key.hex()}")  # noqa: T201 - the answer
    print(f"{seen.rows} rows, {seen.leaves} leaves, {seen.findings} findings")  # noqa: T201 - the answer
    return 0 if seen.findings == 0 else 1


def backup(settings: Settings, args: argparse.Namespace) -> int:
    """Copy the embedded database to FILE while the server runs."""
    from server.kernel.backup import copy

    size = copy(settings.url, args.file)
    print(f"{args.file}: {size} bytes")  # noqa: T201 - the answer
    return 0


def demo(_settings: Settings, args: argparse.Namespace) -> int:
    """Run the main job on a made-up project, and keep serving."""
    from server.demo.main import run

    return run(args)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit status 2 and a sentence on stderr when it cannot be done."""
    parser = argparse.ArgumentParser(prog="plumbline", description="铅垂 Plumbline: field reports kept true.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command, arguments in _COMMANDS:
        sub = commands.add_parser(name, help=(command.__doc__ or "").splitlines()[0])
        for argument, options in arguments:
            sub.add_argument(argument, **options)
        sub.set_defaults(run=command)
    args = parser.parse_args(argv)
    try:
        settings = load()
        logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s %(message)s")
        for chatty in ("alembic", "httpx"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        status: int = args.run(settings, args)
    except BadSetting as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    except Refused as refusal:
        told = details(refusal.code, refusal.params)
        print(f"{told.title}\n{told.detail}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    return status


_COMMANDS: tuple[tuple[str, Command, tuple[tuple[str, dict[str, Any]], ...]], ...] = (
    ("serve", serve, ()),
    ("worker", worker, ()),
    ("migrate", migrate, ()),
    ("restored", restored, ()),
    ("user", user, (("login", {"help": "login of the administrator"}), ("name", {"help": "their name"}))),
    (
        "enrol",
        enrol,
        (
            ("login", {"help": "whose phone"}),
            ("--at", {"metavar": "URL", "help": "the address of the server for phones: https://…"}),
        ),
    ),
    (
        "form",
        form,
        (
            ("action", {"choices": sorted(_FORM)}),
            (
                "form",
                {"metavar": "FORM", "help": "a file (.xlsx, or the text form) or the id of a form; draft: a scan"},
            ),
            ("--since", {"type": int, "metavar": "VERSION", "help": "diff: the version to compare with"}),
            ("--out", {"help": "print, draft: the file to write"}),
            ("--project", {"default": "", "metavar": "ID", "help": "print: the project, for the QR code"}),
            ("--name", {"default": "", "help": "print: the project's name, for people"}),
            ("--serial", {"default": "", "help": "print: the number of this sheet"}),
            ("--language", {"default": "zh-CN", "help": "print: zh-CN, en, or another the form has labels in"}),
        ),
    ),
    ("ocr", ocr, trust.ARGUMENTS),
    ("doctor", examine, ()),
    ("backup", backup, (("file", {"type": Path, "metavar": "FILE", "help": "the copy to write"}),)),
    ("verify", verify, ()),
    (
        "demo",
        demo,
        (
            ("--once", {"action": "store_true", "help": "end instead of serving; status 0 if everything held"}),
            ("--photos", {"type": Path, "metavar": "DIR", "help": "photographs of your own, at least two"}),
            ("--scan", {"type": Path, "metavar": "FILE", "help": "a photographed sheet of your own"}),
        ),
    ),
)

if __name__ == "__main__":
    sys.exit(main())
