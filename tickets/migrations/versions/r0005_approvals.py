"""Which version of a template is offered, and who approved it; what a suggestion lacks; an order's parcels."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("templates", sa.Column("approved_version", sa.Integer(), nullable=True))
    op.add_column("templates", sa.Column("approved_by", sa.Text(), nullable=True))
    op.add_column("templates", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    # Whoever stored a template that was offered at once is the one who approved it.
    op.execute(
        "UPDATE templates SET state = 'approved', approved_version = version, approved_at = updated_at, "
        "approved_by = (SELECT actor FROM template_versions WHERE template_pk = templates.pk "
        "AND template_versions.version = templates.version) WHERE state = 'active'"
    )
    op.add_column("suggestions", sa.Column("missing", sa.JSON(), nullable=True))
    op.add_column("orders", sa.Column("shipments", sa.JSON(), nullable=True))
    op.add_column("orders", sa.Column("return_tracking", sa.Text(), nullable=True))
    for name in ("cancelled_at", "return_requested_at", "returned_at"):
        op.add_column("orders", sa.Column(name, sa.Date(), nullable=True))
    op.create_table(
        "order_parcels",
        sa.Column("order_key", sa.Text(), nullable=False),
        sa.Column("tracking_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_key"], ["orders.order_key"], name="fk_order_parcels_order_key", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_key", "tracking_key", name="pk_order_parcels"),
    )
    op.create_index("ix_order_parcels_tracking_key", "order_parcels", ["tracking_key"], unique=False)
