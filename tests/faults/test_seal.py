"""A running server seals what is pushed to it within seconds, and the command line can say so."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mobile_contract.ids import section_scope
from server import proof
from server.fieldphone import Phone
from server.kernel.database import Database
from server.kernel.settings import Settings
from server.kernel.tables import journal
from tests.faults.house import AT, Known
from tests.support.patience import Patience
from tests.support.server import Server, running

pytestmark = pytest.mark.e2e


def plumbline(of: Settings, command: str) -> tuple[int, str]:
    """Run a command of the program as an operator would."""
    chosen = {"PLUMBLINE_DATA_DIR": of.data_dir, "PLUMBLINE_DATABASE_URL": of.database_url}
    done = subprocess.run(
        [sys.executable, "-m", "server", command],
        env=os.environ | chosen, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def in_database(of: Settings, work: Callable[[sa.Connection], Any]) -> Any:
    async def run() -> Any:
        database = Database(of.url)
        try:
            return await database.write(work)
        finally:
            await database.close()

    return asyncio.run(run())


def test_what_is_pushed_is_sealed_within_seconds_and_an_altered_row_is_named(
    copied: tuple[Settings, Known], tmp_path: Path
) -> None:
    of, known = copied
    with running(Server(Path(of.data_dir), of.database_url)) as server:
        phone = Phone(tmp_path / "phone", server.url, known.phone)
        values = {"captured": {"at": AT}, "position": {"lat": 320_415_000, "lon": 1_187_674_000, "datum": "WGS84"}}
        for _ in range(20):
            phone.replica.create("checkIn", section_scope(known.section), values)
        assert sum(len(done.receipts) for done in phone.replica.sync()) == 20
        phone.close()
        patience = Patience(5)
        while in_database(of, proof.standing).waiting:
            assert patience.lasts(), "rows wait for more than five seconds"
            time.sleep(0.1)
        assert in_database(of, lambda tx: proof.audit(tx, print)).findings == 0
        _, said = plumbline(of, "doctor")
        assert "ok  journal sealed" in said
    one = sa.and_(journal.c.stream == section_scope(known.section), journal.c.pos == 7)
    in_database(of, lambda tx: tx.execute(sa.update(journal).where(one).values(actor="somebody else")))
    status, said = plumbline(of, "verify")
    assert status == 1
    assert f"journal, stream {section_scope(known.section)}, position 7: its leaf is not" in said
