"""This is where joins to the store's own Wi-Fi are read."""
