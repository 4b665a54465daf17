"""This is where the reference of the errors is made from their classes."""

import inspect

from edge.errors import EdgeError

HEAD = """# Errors

This page is made by `scripts/reference` from `edge/errors.py`.

Errors are sorted by who must act.
Each says what was attempted, where, why it failed, and what to do about it.
A command that ends with one exits with its code.

| error | exit code | who must act |
|---|---|---|
"""

FOOT = """
## How one reads

```text
error: cannot read the recording
  where: day/recording.toml
    why: there is no such file
 remedy: name a folder that holds recording.toml
```

An error never repeats an address, a card code, a name or a message's content.
"""


def page() -> str:
    """Give the page in Markdown."""
    rows = "".join(
        f"| `{kind.__name__}` | {kind.exit_code} | {inspect.getdoc(kind)} |\n"
        for kind in errors_below(EdgeError)
    )
    return HEAD + rows + FOOT


def errors_below(kind: type[EdgeError]) -> list[type[EdgeError]]:
    """Give the errors of edge.errors that are derived from a kind, in the order of the file."""
    found: list[type[EdgeError]] = []
    for below in kind.__subclasses__():
        if below.__module__ == EdgeError.__module__:
            found += [below, *errors_below(below)]
    return found
