"""How far the counts of verdicts have faded, so that of an old verdict only what is left of it can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("template_acceptance", sa.Column("half_lives", sa.Float(), server_default="0", nullable=False))
    op.add_column("suggestions", sa.Column("half_lives", sa.Float(), nullable=True))
