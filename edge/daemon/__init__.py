"""This is where the parts are put together and kept running."""
