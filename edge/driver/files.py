"""This is where the shipped settings, policies and device profiles are found."""

from pathlib import Path


def config_folder() -> Path:
    """Give the folder of shipped configuration: in the wheel, or beside `edge` in a checkout."""
    edge = Path(__file__).resolve().parent.parent
    shipped = edge / "config" / "shipped"
    return shipped if shipped.is_dir() else edge.parent / "config"
