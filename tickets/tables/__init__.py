"""Every table of the house, one module per kind of thing."""

from tickets.tables.base import Base
from tickets.tables.decisions import AcceptanceRow, DecisionRow, FeedbackRow, SuggestionRow
from tickets.tables.house import ApiKeyRow, AuditRow, IdempotencyRow, OutboxRow, SettingRow
from tickets.tables.inbox import AttachmentRow, CallRow, MessageRow, NoteRow, TicketLabelRow, TicketRow
from tickets.tables.knowledge import (
    ArticleRow,
    ArticleUseRow,
    ArticleVersionRow,
    HelpVoteRow,
    PassageRow,
    ProcedureRow,
    ProcedureVersionRow,
)
from tickets.tables.notices import NoticeRow
from tickets.tables.people import CustomerRow, OrderParcelRow, OrderRow
from tickets.tables.replies import TemplateRow, TemplateVersionRow

__all__ = [
    "AcceptanceRow",
    "ApiKeyRow",
    "ArticleRow",
    "ArticleUseRow",
    "ArticleVersionRow",
    "AttachmentRow",
    "AuditRow",
    "Base",
    "CallRow",
    "CustomerRow",
    "DecisionRow",
    "FeedbackRow",
    "HelpVoteRow",
    "IdempotencyRow",
    "MessageRow",
    "NoteRow",
    "NoticeRow",
    "OrderParcelRow",
    "OrderRow",
    "OutboxRow",
    "PassageRow",
    "ProcedureRow",
    "ProcedureVersionRow",
    "SettingRow",
    "SuggestionRow",
    "TemplateRow",
    "TemplateVersionRow",
    "TicketLabelRow",
    "TicketRow",
]
