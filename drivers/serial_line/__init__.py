"""This is where door counters, scanners and tills on serial lines are read."""
