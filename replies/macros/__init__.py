"""Macros and canned responses of other help desks, taken over as drafts of our templates."""
