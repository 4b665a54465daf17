"""This is where observations become visits and figures, as a pure fold over event time."""
