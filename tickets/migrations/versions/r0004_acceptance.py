"""What people make of suggestions, counted for the ranking, and notices to customers."""

import sqlalchemy as sa
from alembic import op

from tickets.migrations.append_only import forbid_changes

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXTS = ("reason", "comment", "model", "template", "language", "intent")


def upgrade() -> None:
    _suggestions()
    _feedback()
    _acceptance()
    _notices()


def _suggestions() -> None:
    for name in ("intent", "order_state", "verdict"):
        op.add_column("suggestions", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("suggestions", sa.Column("credit", sa.Float(), nullable=True))
    op.create_index("ix_suggestions_template_language", "suggestions", ["template", "language"], unique=False)


def _feedback() -> None:
    for name in _TEXTS:
        op.add_column("feedback", sa.Column(name, sa.Text(), nullable=True))
    for name in ("template_version", "rank"):
        op.add_column("feedback", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("feedback", sa.Column("kept", sa.Float(), nullable=True))
    op.add_column("feedback", sa.Column("diff", sa.JSON(), nullable=True))


def _acceptance() -> None:
    op.create_table(
        "template_acceptance",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("intent", "order_state", "language", "template")),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("seen", "accepted", "edited", "rejected", "passed_over")
        ),
        sa.Column("gained", sa.Float(), nullable=False),
        sa.Column("lost", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("intent", "order_state", "language", "template", name="pk_template_acceptance"),
    )
    op.create_index("ix_template_acceptance_generation", "template_acceptance", ["generation"], unique=False)
    columns = ["template", "language"]
    op.create_index("ix_template_acceptance_template_language", "template_acceptance", columns, unique=False)


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("stage", "language", "subject", "text", "recipient")),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_notices_ticket_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_notices_message_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("dedupe_key", name="uq_notices_dedupe_key"),
    )
    op.create_index("ix_notices_ticket_id_id", "notices", ["ticket_id", "id"], unique=False)
    op.create_index("ix_notices_recipient_created_at", "notices", ["recipient", "created_at"], unique=False)
    forbid_changes("notices", unless_gone=("tickets", "id", "ticket_id"))
