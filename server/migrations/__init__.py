"""Alembic migrations: from empty to today, on both engines."""
