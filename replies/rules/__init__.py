"""Marketplace rules: what a reply may not hold, as data, and the check of a text against them."""

from replies.rules.checking import Finding, Place, RuleCheck
from replies.rules.mending import Mend

__all__ = ["Finding", "Mend", "Place", "RuleCheck"]
