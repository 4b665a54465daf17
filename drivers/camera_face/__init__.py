"""This is where consented faces are matched."""
