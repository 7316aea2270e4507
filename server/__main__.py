"""``plumbline``: the command line. Each command is a function; the table at the end is the program."""

import argparse
import asyncio
import getpass
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

import uvicorn

from mobile_contract.problems import Refused, details
from server import schema
from server.app import Program
from server.kernel.settings import BadSetting, Settings, load

Command = Callable[[Settings, argparse.Namespace], int]


def serve(settings: Settings, _args: argparse.Namespace) -> int:
    """Serve the API; with ``embedded_worker`` also run the jobs."""
    uvicorn.run(
        Program(settings).litestar(),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=20,
    )
    return 0


def worker(settings: Settings, _args: argparse.Namespace) -> int:
    """Run jobs beside servers that run without a worker."""

    async def run() -> None:
        program = Program(settings)
        await program.start()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, program.worker.stop)
        await program.worker.run()
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
        logging.getLogger("alembic").setLevel(logging.WARNING)
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
    ("user", user, (("login", {"help": "login of the administrator"}), ("name", {"help": "their name"}))),
)

if __name__ == "__main__":
    sys.exit(main())
