"""This is where the store's appliance lives; it knows no sensor."""

__version__ = "0.1.0"
