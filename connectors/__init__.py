"""Other systems: what they send us, and what we send them. One file each, behind the two Protocols of `protocols`."""
