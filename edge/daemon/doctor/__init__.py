"""This is where `edge doctor` looks at a machine: what could be wrong, and what mends it."""
