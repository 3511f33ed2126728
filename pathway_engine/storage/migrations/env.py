"""Runs the migrations on the connection that `schema.upgrade` has opened, inside its transaction."""

from __future__ import annotations

from alembic import context

from pathway_engine.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
