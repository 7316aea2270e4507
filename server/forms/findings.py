"""What is wrong with a form, all of it at once: each finding a listed problem that names its sheet and row."""

from typing import Final

import msgspec

from mobile_contract.problems import Refused, details

MAX_LISTED: Final = 50


class NotAForm(Refused):
    """``forms.invalid``: the findings as sentences in both languages; one by one in ``findings``.

    That parameter is the JSON of the first of them, each with its code and its params, for a client that shows a table.
    """

    def __init__(self, findings: tuple[Refused, ...]) -> None:
        listed = [details(finding.code, finding.params, "en") for finding in findings[:MAX_LISTED]]
        super().__init__(
            "forms.invalid",
            count=len(findings),
            findings=msgspec.json.encode(
                [{"code": finding.code, "params": finding.params} for finding in findings[:MAX_LISTED]]
            ).decode(),
            findings_zh=" ".join(f"{each.title_zh}。{each.next_zh}" for each in listed),
            findings_en=" ".join(f"{each.title}. {each.next_en}" for each in listed),
        )
        self.findings = findings


class Findings:
    """Collects findings, so that an author corrects a form in one round and not in ten."""

    def __init__(self) -> None:
        self._found: list[Refused] = []

    def add(self, code: str, **params: str | int) -> None:
        """Add one problem."""
        self._found.append(Refused(code, **params))

    def raise_if_any(self) -> None:
        """Raise :class:`NotAForm` when a problem was added."""
        if self._found:
            raise NotAForm(tuple(self._found))
