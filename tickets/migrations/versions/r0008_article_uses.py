"""How often an article was quoted by a chatbot or read in the help centre, by day; nothing of who asked or read."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "article_uses",
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "language", "day", name="pk_article_uses"),
    )
    op.create_index("ix_article_uses_day", "article_uses", ["day"], unique=False)
