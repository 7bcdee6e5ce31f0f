"""From a message to a decision: entities, escalation, routing, clocks, and the pipeline that puts them together."""
