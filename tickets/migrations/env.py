"""What Alembic runs: the connection comes from `tickets.migrate`, within its transaction."""

from alembic import context

from tickets.migrate import VERSION_TABLE
from tickets.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
