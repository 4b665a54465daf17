"""This is where a live appliance is held against the privacy rules R1 to R36."""
