"""How a database is brought to the tables of all domains: Alembic, from empty or from any version before."""

import functools
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

#: The key of PostgreSQL's advisory lock held during migration: "plumb" in ASCII.
UPGRADING = 0x706C756D62


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
    if current(tx) == head():
        return  # as at most starts: the migrations are not even loaded
    config = _config()
    config.attributes["connection"] = tx
    command.upgrade(config, "head")


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether a table or index is one that ``metadata`` has: what search keeps words in differs by engine."""
    return kind != "table" or not (name or "").startswith("search_words")


def current(tx: sa.Connection) -> str | None:
    """Return the version a database is at; None for an empty one."""
    return MigrationContext.configure(tx).get_current_revision()


@functools.cache
def head() -> str | None:
    """Return the newest version there is."""
    return ScriptDirectory.from_config(_config()).get_current_head()
