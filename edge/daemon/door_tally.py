"""This is where it is counted what came through one source's privacy door."""

import msgspec


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What one source took in since its door was made, in counts."""

    heard: int = 0
    refused: dict[str, int] = {}
    faces: dict[str, int] = {}
    """Faces in view by what became of them, in the words of FACE_COUNTS."""

    def plus(self, other: "Tally") -> "Tally":
        """Add further counts."""
        return Tally(
            heard=self.heard + other.heard,
            refused=_sum(self.refused, other.refused),
            faces=_sum(self.faces, other.faces),
        )


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in {*one, *other}}
