"""This is where the kinds of names and moments are told apart."""

from typing import Final, NewType

SourceName = NewType("SourceName", str)
"""A configured sensor instance, unique in a store."""

ZoneName = NewType("ZoneName", str)
"""A named area of the store."""

DoorName = NewType("DoorName", str)
"""A place where people are counted."""

VisitId = NewType("VisitId", str)
"""One person's stay; `v-` and 16 hexadecimal digits."""

CustomerId = NewType("CustomerId", str)
"""A person's pseudonym, given by the platform."""

Instant = NewType("Instant", int)
"""Nanoseconds since 1970-01-01T00:00:00Z on the line of time of this run."""

SECOND: Final = 1_000_000_000
"""Nanoseconds in a second."""

WHOLE_STORE: Final = ZoneName("store")
"""The name under which figures for the whole store are given; no zone may be called so."""
