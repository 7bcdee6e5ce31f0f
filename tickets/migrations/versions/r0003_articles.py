"""What articles say of themselves beside their text: market, original, owner, review, and where they came from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("articles", "article_versions"):
        for name in ("market", "translation_of", "original_language", "owner", "source_url"):
            op.add_column(table, sa.Column(name, sa.Text(), nullable=True))
        op.add_column(table, sa.Column("review_date", sa.Date(), nullable=True))
        op.add_column(table, sa.Column("source_updated_at", sa.DateTime(timezone=True), nullable=True))
