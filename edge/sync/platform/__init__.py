"""This is where a reference of the platform's side stands, for demonstrations and tests."""
