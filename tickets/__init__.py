"""The ticket store: domain records, tables, repositories, migrations, the outbox and the audit trail."""
