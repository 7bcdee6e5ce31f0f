"""From a raw message to what the customer wrote: no markup, no quoted mail, no signature, nothing invisible."""

from models.text.cleaning import CleanText, clean
from models.text.invisible import strip_invisible

__all__ = ["CleanText", "clean", "strip_invisible"]
