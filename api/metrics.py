"""What Prometheus reads at /metrics: one registry per app, one set of numbers per process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

if TYPE_CHECKING:
    from tickets.records import Decision

LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts requests, decisions, abstentions and what waits."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "deskhand_requests", "Requests by route and status.", ("method", "route", "status"), registry=self.registry
        )
        self.latency = Histogram(
            "deskhand_request_seconds",
            "Seconds from the first byte to the last, by route.",
            ("method", "route"),
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self.decisions = Counter(
            "deskhand_decisions", "Decisions by intent and language.", ("intent", "language"), registry=self.registry
        )
        self.abstentions = Counter(
            "deskhand_abstentions", "Decisions without an intent, by language.", ("language",), registry=self.registry
        )
        self.escalations = Counter("deskhand_escalations", "Decisions that escalate.", registry=self.registry)
        self.failures = Counter(
            "deskhand_triage_failures", "Messages that could not be triaged.", registry=self.registry
        )
        self.untriaged = Gauge(
            "deskhand_untriaged", "Stored messages that wait for a decision.", registry=self.registry
        )
        self.deliveries = Gauge(
            "deskhand_deliveries",
            "Events that wait to be delivered, or are parked.",
            ("state",),
            registry=self.registry,
        )
        self.waiting = Gauge("deskhand_waiting", "Functions that run or wait for a thread.", registry=self.registry)

    def count(self, decision: Decision) -> None:
        """Count a decision."""
        language = decision.language.code
        self.decisions.labels(decision.intent or "none", language).inc()
        if decision.intent is None:
            self.abstentions.labels(language).inc()
        if decision.escalation.escalate:
            self.escalations.inc()

    def text(self) -> bytes:
        """Return all numbers in Prometheus' text format."""
        return generate_latest(self.registry)
