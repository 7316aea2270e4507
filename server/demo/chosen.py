"""What the demonstration takes of the operator's settings, and what it keeps to itself and says so."""

from pathlib import Path
from typing import Final

import msgspec

from server.kernel.settings import BadSetting, Settings

#: Where it keeps everything unless ``data_dir`` names another folder.
FOLDER: Final = Path("var/demo")
#: Lies in a folder that a demonstration has made, and may therefore empty.
MARK: Final = ".plumbline-demo"
#: It makes up people and wipes what it finds, so it stays away from databases, buckets and keys in use; it is one
#: process with a worker, and its stories play in the time zone of their site.
IGNORED: Final = frozenset(
    {
        *(name for name in Settings.__struct_fields__ if name.startswith("s3_")),
        *("database_url", "blob_store", "seal_key_file", "embedded_worker", "time_zone"),
    }
)
#: Given to its server in another way.
_ELSEWHERE: Final = frozenset({"data_dir"})


def environment(settings: Settings) -> tuple[dict[str, str], list[str]]:
    """Return the settings that differ from their defaults, as variables for its server, and the names it ignores."""
    differ = {
        field.name: getattr(settings, field.name)
        for field in msgspec.structs.fields(Settings)
        if getattr(settings, field.name) != field.default
    }
    taken = {name: value for name, value in differ.items() if name not in IGNORED | _ELSEWHERE}
    variables = {f"PLUMBLINE_{name.upper()}": _text(value) for name, value in taken.items()}
    return variables, sorted(f"PLUMBLINE_{name.upper()}" for name in differ if name in IGNORED)


def folder(settings: Settings) -> Path:
    """Return the folder of the demonstration. Raise :class:`BadSetting` where it would delete what it did not make."""
    if settings.data_dir == Settings().data_dir:
        return FOLDER
    chosen = Path(settings.data_dir)
    if chosen.exists() and not (chosen.is_dir() and ((chosen / MARK).exists() or not any(chosen.iterdir()))):
        raise BadSetting(
            f"data_dir={chosen} holds something that no demonstration made, and a demonstration begins in an empty "
            "folder; name an empty or a new one"
        )
    return chosen


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
