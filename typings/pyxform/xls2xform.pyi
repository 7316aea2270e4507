from typing import Any

class ConvertResult:
    xform: str
    warnings: list[str]

def convert(
    xlsform: dict[str, Any],
    *,
    validate: bool = ...,
    pretty_print: bool = ...,
    form_name: str | None = ...,
    default_language: str | None = ...,
) -> ConvertResult: ...
