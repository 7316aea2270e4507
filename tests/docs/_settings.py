"""The README's table of settings, as ``server/kernel/settings.py`` has them. Run it to write the table again."""

from typing import Annotated, get_args, get_origin, get_type_hints

import msgspec

from server.kernel.settings import Settings
from tests.architecture._reader import ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->"


def table() -> str:
    """Write the table in Markdown."""
    hints = get_type_hints(Settings, include_extras=True)
    rows = ["| `PLUMBLINE_…` | default | meaning |", "|---|---|---|"]
    for field in msgspec.structs.fields(Settings):
        default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
        shown = f"`{default}`" if default else "–"
        rows.append(f"| `{field.name.upper()}` | {shown} | {_about(hints[field.name])} |")
    return "\n".join(rows) + "\n"


def _about(hint: object) -> str:
    metas = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((meta.description for meta in metas if isinstance(meta, msgspec.Meta) and meta.description), "")


def in_readme() -> str:
    """Cut the table out of the README."""
    return README.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]


def write() -> None:
    """Put the table into the README."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    README.write_text(before + BEGIN + table() + END + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    write()
