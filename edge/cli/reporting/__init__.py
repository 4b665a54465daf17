"""This is where a ledger's rows become figures, stories and a page to read."""
