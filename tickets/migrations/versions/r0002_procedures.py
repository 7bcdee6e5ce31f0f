"""Procedures, readers' votes in the help centre, and when a template is due for review."""

import sqlalchemy as sa
from alembic import op

from tickets.migrations.append_only import forbid_changes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _procedures()
    _procedure_versions()
    _help_votes()
    for table in ("templates", "template_versions"):
        op.add_column(table, sa.Column("review_date", sa.Date(), nullable=True))
        op.add_column(table, sa.Column("owner", sa.Text(), nullable=True))
    forbid_changes("procedure_versions")


def _procedures() -> None:
    op.create_table(
        "procedures",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("intents", sa.JSON(), nullable=False),
        sa.Column("articles", sa.JSON(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("review_date", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_procedures"),
        sa.UniqueConstraint("procedure_id", "language", name="uq_procedures_procedure_id_language"),
    )
    op.create_index("ix_procedures_source", "procedures", ["source"], unique=False)


def _procedure_versions() -> None:
    op.create_table(
        "procedure_versions",
        sa.Column("procedure_pk", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["procedure_pk"], ["procedures.pk"], name="fk_procedure_versions_procedure_pk"),
        sa.PrimaryKeyConstraint("procedure_pk", "version", name="pk_procedure_versions"),
    )


def _help_votes() -> None:
    op.create_table(
        "help_votes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_help_votes"),
    )
    op.create_index("ix_help_votes_created_at", "help_votes", ["created_at"], unique=False)
    op.create_index("ix_help_votes_article_id_language", "help_votes", ["article_id", "language"], unique=False)
