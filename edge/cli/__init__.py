"""This is where the words are that a technician types."""
