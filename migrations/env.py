"""What Alembic runs: the steps, on the connection and in the transaction that `migrations.upgrade` opened."""

from alembic import context
from sqlmodel import SQLModel

import models

assert models.__all__  # importing it registers the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    # SQLite changes a table by making it anew.
    render_as_batch=context.config.attributes.get("render_as_batch", True),
    transactional_ddl=True,
    render_item=context.config.attributes.get("render_item"),
)
with context.begin_transaction():
    context.run_migrations()
