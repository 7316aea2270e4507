"""What axe-core finds on a page (MPL-2.0, from the app's own development packages; nothing of it is shipped)."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

_SOURCE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
_SERIOUS: Final = ("serious", "critical")


@cache
def _source() -> str:
    return _SOURCE.read_text("utf-8")


def violations(page: Page) -> list[str]:
    """Return what keeps people out, each with its rule, its sentence and the first elements that break it."""
    page.evaluate(f"() => {{ {_source()} }}")
    found: list[dict[str, Any]] = page.evaluate("() => axe.run().then((result) => result.violations)")
    return [
        f"{one['impact']} {one['id']}: {one['help']}: {'; '.join(node['html'][:160] for node in one['nodes'][:3])}"
        for one in found
        if one["impact"] in _SERIOUS
    ]
