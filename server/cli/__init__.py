"""``plumbline``: the command line. Each command is a module here that exports ``COMMAND``."""

import argparse
import logging
import sys
from collections.abc import Sequence

from mobile_contract.problems import Refused, details
from server.cli import backup, demo, doctor, enrol, form, migrate, ocr, reindex, restored, serve, user, verify, worker
from server.kernel.settings import BadSetting, load

#: In the order in which ``--help`` lists them.
_MODULES = (serve, worker, migrate, restored, reindex, user, enrol, form, ocr, doctor, backup, verify, demo)
#: Libraries whose every step is of no interest here.
_CHATTY = ("alembic", "httpx")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 2, with a sentence on stderr, when it cannot be done."""
    args = _parser().parse_args(argv)
    try:
        settings = load()
        logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s %(message)s")
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        status: int = args.run(settings, args)
    except BadSetting as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    except Refused as refusal:
        told = details(refusal.code, refusal.params)
        print(f"{told.title}\n{told.detail}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="plumbline", description="铅垂 Plumbline: field reports kept true.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (module.COMMAND for module in _MODULES):
        sub = commands.add_parser(command.name, help=(command.run.__doc__ or "").splitlines()[0])
        for name, options in command.arguments:
            sub.add_argument(name, **options)
        sub.set_defaults(run=command.run)
    return parser
