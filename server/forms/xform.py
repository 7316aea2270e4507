"""The XForm that ODK Collect and other OpenRosa clients read: made by pyxform from the sheets, without our columns."""

import re
from typing import Any, Final

from mobile_contract.forms import FormDefinition
from server.forms.columns import OWN
from server.forms.findings import Findings
from server.forms.sheets import Workbook

_PYXFORM_ROW: Final = re.compile(r"\[row : (\d+)\] ?|\[row : [^\]]*\] ?")
_PYXFORM_SHEET: Final = re.compile(r"'(survey|choices|settings)' sheet")


def xform_of(workbook: Workbook, form: FormDefinition, findings: Findings) -> str:
    """Return the XForm (XML) of a form that compiled; what pyxform refuses is a finding at the row it names.

    Its Java validator is not asked. Questions with a calculation are made read-only: what is computed is not typed in.
    """
    from pyxform.errors import PyXFormError  # imported late: it takes a second, which only publishing needs
    from pyxform.xls2xform import convert

    book: dict[str, Any] = {"sheet_names": list(workbook)}
    for name, sheet in workbook.items():
        columns = [column for column in sheet.columns if not column.strip().lower().startswith(OWN)]
        rows = [{column: row.cells[column] for column in columns if column in row.cells} for row in sheet.rows]
        if name == "survey":
            columns.append("read_only")
            rows = [row | {"read_only": "yes"} if _is_shown_result(row) else row for row in rows]
        if name == "settings":
            columns.append("version")
            rows = [rows[0] | {"version": str(form.version)}]
        book |= {name: rows, f"{name}_header": [dict.fromkeys(columns)]}
    try:
        return convert(book, validate=False, form_name="data").xform
    except PyXFormError as error:
        text = str(error)
    found, named = _PYXFORM_ROW.search(text), _PYXFORM_SHEET.search(text)
    sheet = workbook.get(named[1] if named else "survey", workbook["survey"])
    at = int(found[1]) - 2 if found and found[1] else -1
    row = str(sheet.rows[at].number) if 0 <= at < len(sheet.rows) else "?"
    reason = _PYXFORM_ROW.sub("", text)
    findings.add("forms.xform", sheet=named[1] if named else "survey", row=row, reason=reason)
    return ""


def _is_shown_result(row: dict[str, str]) -> bool:
    return bool(row.get("calculation") or row.get("calculate")) and row.get("type", "").strip() != "calculate"
