"""Every table of the house, one module per kind of thing."""

from tickets.tables.base import Base
from tickets.tables.decisions import DecisionRow, FeedbackRow, SuggestionRow
from tickets.tables.house import ApiKeyRow, AuditRow, IdempotencyRow, OutboxRow, SettingRow
from tickets.tables.inbox import AttachmentRow, CallRow, MessageRow, NoteRow, TicketLabelRow, TicketRow
from tickets.tables.knowledge import ArticleRow, ArticleVersionRow, PassageRow
from tickets.tables.people import CustomerRow, OrderRow
from tickets.tables.replies import TemplateRow, TemplateVersionRow

__all__ = [
    "ApiKeyRow",
    "ArticleRow",
    "ArticleVersionRow",
    "AttachmentRow",
    "AuditRow",
    "Base",
    "CallRow",
    "CustomerRow",
    "DecisionRow",
    "FeedbackRow",
    "IdempotencyRow",
    "MessageRow",
    "NoteRow",
    "OrderRow",
    "OutboxRow",
    "PassageRow",
    "SettingRow",
    "SuggestionRow",
    "TemplateRow",
    "TemplateVersionRow",
    "TicketLabelRow",
    "TicketRow",
]
