from collections.abc import Sequence
from typing import Any

class DefinitionData:
    sheet_names: Sequence[str] | None
    survey: Sequence[dict[str, str]] | None
    survey_header: Sequence[dict[str, Any]] | None
    choices: Sequence[dict[str, str]] | None
    choices_header: Sequence[dict[str, Any]] | None
    settings: Sequence[dict[str, str]] | None
    settings_header: Sequence[dict[str, Any]] | None

def get_xlsform(xlsform: bytes, file_type: str | None = ...) -> DefinitionData: ...
def md_to_dict(md: str) -> dict[str, Any]: ...
