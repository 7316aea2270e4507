"""Alembic's environment: the connection is handed in by ``server.schema``; nothing is read from a file."""

from alembic import context

from server.app import metadata
from server.schema import ours

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_name=ours,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=False,  # the caller's transaction is the transaction
)
context.run_migrations()
