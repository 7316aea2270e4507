"""Each rule is shown a violation, and says so with the names; and something harmless beside it, and is silent."""

from collections.abc import Callable

import pytest

from tests.architecture import _floors, _rooms
from tests.architecture._reader import Modules, read

Rule = Callable[[Modules], list[str]]

CODES = ("media.too_long", "op.applied")


def unlisted(modules: Modules) -> list[str]:
    return _rooms.unlisted_codes(modules, CODES)


def unused(modules: Modules) -> list[str]:
    return _rooms.unused_codes(modules, CODES)


def undeclared(modules: Modules) -> list[str]:
    return _floors.undeclared(modules, ["pyyaml"], ["pytest"])


def dead(modules: Modules) -> list[str]:
    return _rooms.dead(modules, ["media.tool"])


def open_routes(modules: Modules) -> list[str]:
    return _rooms.open_routes(modules, {"GET /healthz": "says only that it lives"})


def untyped(modules: Modules) -> list[str]:
    return _rooms.untyped_bodies(modules, ["server.reports", "server.replication", "sync"])


#: The rule, the planted file and its text, and what the complaint must name.
PLANTED: list[tuple[Rule, str, str, str]] = [
    (_floors.floors, "mobile_contract/ids.py", "import uuid_utils", "the contract knows msgspec"),
    (_floors.floors, "mobile_contract/ids.py", "from sync.merge import merge", "the contract knows msgspec"),
    (_floors.floors, "sync/push.py", "import httpx", "sync knows the contract"),
    (_floors.floors, "sync/push.py", "import logging", "sync is pure, and logging is not"),
    (_floors.floors, "sync/push.py", "def f():\n    from time import monotonic", "sync is pure, and time is not"),
    (_floors.floors, "sync/push.py", "import os.path", "sync is pure, and os is not"),
    (_floors.floors, "sync/push.py", "from server.kernel.clock import new_id", "sync knows the contract"),
    (_floors.floors, "media/geo.py", "from sync import merge", "media knows nothing of ours"),
    (_floors.floors, "ocr/page.py", "from media.image import decode", "ocr knows nothing of ours"),
    (_floors.floors, "ocr/page.py", "import tests.support.clock", "nothing sees tests"),
    (_floors.floors, "server/jobs/service.py", "from server.identity import Caller", "identity is not below jobs"),
    (_floors.floors, "server/forms/service.py", "from server.reports import Reports", "reports is not below forms"),
    (_floors.floors, "server/reports/service.py", "from server.forms.store import get", "go through the face"),
    (_floors.floors, "server/reports/service.py", "from ..forms.store import get", "go through the face"),
    (_floors.floors, "server/reports/service.py", "from server.demo import run", "the roof is above everybody"),
    (_floors.floors, "server/reports/service.py", "from server.fieldphone import Phone", "is on no floor"),
    (_floors.floors, "server/tides/service.py", "from server.kernel import clock", "server/tides has no floor"),
    (_floors.floors, "server/fieldphone/phone.py", "from server.identity import Caller", "the phone knows sync"),
    (_floors.floors, "server/fieldphone/phone.py", "from media.image import facts", "the phone knows sync"),
    (_floors.rows, "server/jobs/__init__.py", "from server.jobs.service import Jobs", "server/jobs exports no DOMAIN"),
    (_floors.rows, "server/schema.py", "from server.forms import DOMAIN", "only server.app lists domains"),
    (_floors.rows, "server/doctor.py", "from server import forms\nx = forms.DOMAIN.tables", "only server.app lists"),
    (_floors.impure_calls, "sync/push.py", "at = datetime.now(UTC)", "calls datetime.now()"),
    (_floors.impure_calls, "sync/push.py", "text = open('f').read()", "calls open()"),
    (_floors.impure_calls, "sync/push.py", "async def f(): ...", "is async"),
    (_floors.owners, "media/disk_store.py", "import boto3", "only media.s3_store may"),
    (_floors.owners, "server/uploads/service.py", "from PIL import Image", "only media.image"),
    (_floors.owners, "server/scans/service.py", "def f():\n    import paddleocr", "only ocr may"),
    (_floors.owners, "media/geo.py", "import sqlalchemy as sa", "only server may"),
    (undeclared, "media/geo.py", "import numpy.typing", "imports numpy"),
    (undeclared, "media/geo.py", "import pytest", "imports pytest"),
    (undeclared, "tests/test_x.py", "import nobody_has_this", "imports nobody_has_this"),
    (_floors.decoders, "ocr/page.py", "Image.open(file)", "calls Image.open()"),
    (_floors.decoders, "ocr/page.py", "cv2.imdecode(data, 1)", "calls cv2.imdecode()"),
    (
        _floors.http_errors,
        "server/forms/service.py",
        "from litestar.exceptions import NotFoundException",
        "rooms raise Refused",
    ),
    (_rooms.sizes, "sync/push.py", "x = 1\n" * 351, "sync.push has 351 lines"),
    (_rooms.sizes, "tests/sync/test_x.py", "def test_x():\n" + "    x = 1\n" * 69, "test_x has 70 lines"),
    (_rooms.undocumented, "media/geo.py", "x = 1", "media.geo says nothing of itself"),
    (_rooms.undocumented, "media/geo.py", '"""Doc."""\ndef f(): ...', "media.geo.f has no docstring"),
    (
        _rooms.undocumented,
        "media/geo.py",
        '"""Doc."""\nclass A:\n    """Doc."""\n    def m(self): ...',
        "media.geo.A.m has",
    ),
    (dead, "media/geo.py", "x = 1", "media.geo is reached from nowhere"),
    (unlisted, "media/upload.py", "raise Refused('media.nonsense', limit=1)", "names media.nonsense"),
    (
        unlisted,
        "media/upload.py",
        "raise Refused('op.applied' if x else 'server.nonsense')",
        "names server.nonsense",
    ),
    (unlisted, "sync/push.py", "Receipt(code='weather.bad')", "names weather.bad"),
    (unlisted, "sync/push.py", "park(op, 'op.nonsense')", "names op.nonsense"),
    (unused, "sync/push.py", '"""op.applied media.too_long"""\nx = "op.applied"', "media.too_long"),
    (_rooms.floats, "mobile_contract/media.py", "class A:\n    lat: float | None", "declares a float"),
    (_rooms.floats, "mobile_contract/media.py", "def f(x: list[float]) -> int: ...", "declares a float"),
    (_rooms.unseen_bodies, "server/forms/routes.py", "async def f(request):\n    await request.json()", "not declare"),
    (_rooms.unseen_bodies, "server/forms/routes.py", "from server.kernel.bodies import decode, read", "imports read"),
    (untyped, "server/reports/kinds.py", "x = record.values['form']", "reports.kinds:1 names a member by a string"),
    (untyped, "server/reports/kinds.py", "x = record.server.get('signed', ())", "by a string"),
    (untyped, "server/reports/kinds.py", "x = 'late' in record.server", "by a string"),
    (untyped, "server/replication/parked.py", "x = parked.server['by']", "replication.parked:1 names a member"),
    (untyped, "sync/steps.py", "x = there.server.get('signed')", "sync.steps:1 names a member by a string"),
    (untyped, "sync/conflicts.py", "x = candidate['opId']", "by a string"),
    (untyped, "sync/conflicts.py", "draft.annotate(record, {'openConflicts': paths})", "by a string"),
    (open_routes, "server/forms/routes.py", "@get('/v1/forms')\nasync def f(forms): ...", "GET /v1/forms"),
    (open_routes, "server/forms/routes.py", "@post(path=['/a', '/b'])\nasync def f(forms): ...", "POST /b"),
]


@pytest.mark.parametrize(("rule", "file", "text", "named"), PLANTED)
def test_a_planted_violation_is_named(rule: Rule, file: str, text: str, named: str) -> None:
    complaints = rule(read({file: text, "server/forms/store.py": "x = 1", "server/forms/__init__.py": ""}))
    assert any(named in complaint for complaint in complaints), complaints


def test_a_ring_is_named_even_when_an_import_hides_in_a_function() -> None:
    modules = read(
        {
            "sync/a.py": "from sync import b",
            "sync/b.py": "import sync.c",
            "sync/c.py": "def f():\n    from .a import x",
            "sync/d.py": "import sync.a",
            "sync/__init__.py": "",
        }
    )
    assert _floors.circles(modules) == ["sync.a ↔ sync.b ↔ sync.c"]


#: What must stay allowed.
HARMLESS: list[tuple[Rule, str, str]] = [
    (_floors.floors, "sync/push.py", "import msgspec, itertools\nfrom mobile_contract.sync import Op"),
    (_floors.floors, "server/reports/service.py", "from server.forms import Forms\nimport media.geo, sync.merge"),
    (
        _floors.floors,
        "server/forms/service.py",
        "from server.kernel.clock import new_id\nfrom server.forms import store",
    ),
    (_floors.floors, "server/app.py", "from server.forms import store\nimport server.demo.paper"),
    (_floors.rows, "server/app.py", "from server import forms\nDOMAINS = (forms.DOMAIN,)"),
    (_floors.floors, "server/fieldphone/phone.py", "from sync.replica import Replica"),
    (_floors.impure_calls, "sync/push.py", "at = datetime.fromisoformat(text)"),
    (_floors.impure_calls, "media/geo.py", "at = datetime.now(UTC)"),
    (_floors.owners, "tests/media/test_stores.py", "import boto3"),
    (undeclared, "media/geo.py", "import yaml, json\nimport media.image"),
    (undeclared, "tests/test_x.py", "import pytest, yaml"),
    (_floors.http_errors, "server/forms/routes.py", "from litestar.exceptions import NotFoundException"),
    (_rooms.sizes, "sync/push.py", "x = 1\n" * 350),
    (_rooms.undocumented, "media/geo.py", '"""Doc."""\ndef _f(): ...\nclass _A: ...'),
    (unlisted, "sync/push.py", '"""Says op.nonsense."""\nx = "op.applied", "photo.jpg", "op.log"'),
    (unlisted, "media/upload.py", "class A:\n    name: ClassVar[str] = 'media.stored'\nh = {'media.stored': 1}"),
    (unlisted, "server/identity/sessions.py", "Handler(kind='op.renamed', args=A, run=run)"),
    (unused, "sync/push.py", "x = ['op.applied', 'media.too_long']"),
    (_rooms.floats, "mobile_contract/values.py", "x = kind is float"),
    (_rooms.unseen_bodies, "server/forms/routes.py", "from server.kernel.bodies import Body\nasync def f(sent): ..."),
    (
        untyped,
        "server/reports/kinds.py",
        "x = values['form'], record.values[name], server_of(record).late, {'waits_for': 1, 'state': 2}",
    ),
    (untyped, "server/forms/draft.py", "x = record.values['form']"),
    (open_routes, "server/forms/routes.py", "@get('/v1/forms')\nasync def f(forms, caller): ..."),
    (open_routes, "server/app.py", "@get('/healthz')\nasync def f(): ..."),
]


@pytest.mark.parametrize(("rule", "file", "text"), HARMLESS)
def test_what_is_allowed_is_not_complained_of(rule: Rule, file: str, text: str) -> None:
    assert rule(read({file: text, "server/forms/store.py": '"""Doc."""'})) == []


def test_a_module_is_alive_through_an_entry_point_and_not_through_its_test() -> None:
    modules = read(
        {
            "media/tool.py": "import media.used",
            "media/used.py": "",
            "media/__init__.py": "",
            "media/only_tested.py": "",
            "media/command.py": "if __name__ == '__main__': ...",
            "tests/media/test_it.py": "import media.only_tested",
        }
    )
    assert dead(modules) == ["media.only_tested is reached from nowhere: use it, or remove it"]
