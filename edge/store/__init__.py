"""This is where everything durable is kept: one SQLite file with one writer."""
