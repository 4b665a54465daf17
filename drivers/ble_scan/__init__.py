"""This is where Bluetooth LE advertisements are read."""
