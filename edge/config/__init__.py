"""This is where settings are described, loaded in layers and checked."""
