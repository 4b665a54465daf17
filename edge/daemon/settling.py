"""This is where what stays for weeks is taken out of the rounds of Python's collector.

Each key's encryptor is an object that the collector looks at: with 100,000 of them a full round
takes 25 ms, and comes in the middle of a slice. None of them is part of a cycle; they go as soon as
nobody holds them, also when the collector passes them by.
"""

import gc
from typing import Final

EVERY: Final = 10_000
"""Objects, after which the collector is told: a round over so many takes 3 ms. What is in a cycle
at that moment stays until `unsettle`; 100,000 customers come to 20 such moments."""


class Settling:
    """Tells the collector of what stays; of it there is one in a process."""

    def __init__(self) -> None:
        self._held = 0

    def settle(self, held: int) -> None:
        """Hear how many objects stay, and pass them by from now on where they are many more."""
        if held - self._held >= EVERY:
            gc.freeze()
            self._held = held

    def unsettle(self) -> None:
        """Have everything looked at again: what stood for weeks is to go."""
        gc.unfreeze()
        self._held = 0
