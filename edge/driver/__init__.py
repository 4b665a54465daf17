"""This is where the kit lies that a driver is written with."""
