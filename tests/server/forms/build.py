"""Small forms in their text form, for tests that say only what they are about."""

from mobile_contract.problems import Refused
from server.forms import Compiled, NotAForm, compile_form

HEAD = "| | type | name | label::中文 (zh-CN) |"


def text_form(survey: str, *, choices: str = "", form_id: str = "f", settings: str = "") -> bytes:
    """Put sheets together. ``survey`` begins with its row of column names."""
    parts = [
        "| settings |",
        f"| | form_id | form_title | {'plumbline::unique_by |' if settings else ''}",
        f"| | {form_id} | 表 | {settings + ' |' if settings else ''}",
        "| survey |",
        survey.strip(),
    ]
    if choices:
        parts += ["| choices |", "| | list_name | name | label::中文 (zh-CN) |", choices.strip()]
    return "\n".join(parts).encode()


def compiled(survey: str, **how: str) -> Compiled:
    return compile_form(text_form(survey, **how))


def findings(source: bytes) -> list[tuple[str, dict[str, str]]]:
    """Return what is wrong with a form: code and parameters of each finding."""
    try:
        compile_form(source)
    except NotAForm as refused:
        return [(finding.code, finding.params) for finding in refused.findings]
    except Refused as refused:
        return [(refused.code, refused.params)]
    return []
