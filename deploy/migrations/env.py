"""Runs migrations on the connection that it is handed in `config.attributes["connection"]`.

`services.runtime.database` hands it one, in a transaction of its own; this file opens nothing and reads no environment.
"""

from alembic import context
from sqlalchemy import Connection

from schemas.tables import metadata

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
