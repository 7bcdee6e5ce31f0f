"""How customers ask what an article answers, and what it only seems to answer."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("articles", "article_versions"):
        for name in ("questions", "negative_questions"):
            op.add_column(table, sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
