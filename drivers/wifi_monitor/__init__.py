"""This is where 802.11 probe requests are read."""
