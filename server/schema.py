"""The tables of all domains, and how a database is brought to them: Alembic, from empty or from any version before."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import server.evidence
import server.forms
import server.identity
import server.jobs
import server.projects
import server.proof
import server.replication
import server.reports
import server.scans
import server.uploads  # noqa: F401 - each package registers its tables
from server.kernel.tables import metadata

#: The key of PostgreSQL's advisory lock that whoever migrates holds: "plumb" in ASCII.
UPGRADING = 0x706C756D62

__all__ = ["current", "head", "metadata", "upgrade"]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(tx: sa.Connection) -> None:
    """Bring the database of this connection to the newest version, inside its transaction.

    Processes that start together do it one after the other: the later ones find nothing left to do.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADING)))
    config = _config()
    config.attributes["connection"] = tx
    command.upgrade(config, "head")


def current(tx: sa.Connection) -> str | None:
    """Return the version a database is at; None for an empty one."""
    return MigrationContext.configure(tx).get_current_revision()


def head() -> str | None:
    """Return the newest version there is."""
    return ScriptDirectory.from_config(_config()).get_current_head()
