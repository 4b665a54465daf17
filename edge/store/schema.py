"""This is where the tables of the store are written down."""

from typing import Final

VERSION: Final = 2
"""The schema this program knows, kept in the file as `user_version`."""

FIRST: Final = (
    # What the store knows about itself: epoch, cursors, settings version.
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    # `data` is the event's fields in order (edge.store.rows); `synced` tells if the clock was.
    """CREATE TABLE event (
        sequence INTEGER PRIMARY KEY,
        type INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        recorded_ms INTEGER NOT NULL,
        synced INTEGER NOT NULL,
        visit BLOB,
        data BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX event_visit ON event (visit) WHERE visit IS NOT NULL",
    # AUTOINCREMENT: a plain key would start again at 1 once everything is acknowledged.
    # The reference keeps an unacknowledged event from being deleted by anybody.
    """CREATE TABLE outbox (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT REFERENCES event (sequence)
    ) STRICT""",
    """CREATE TABLE visit (
        id BLOB PRIMARY KEY,
        started_ms INTEGER NOT NULL,
        ended_ms INTEGER,
        door TEXT,
        zone TEXT,
        people INTEGER NOT NULL,
        basis TEXT NOT NULL,
        customer TEXT,
        confidence REAL,
        grade TEXT,
        how TEXT,
        correction TEXT,
        merged_into BLOB,
        reason TEXT
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX visit_started ON visit (started_ms)",
    "CREATE INDEX visit_customer ON visit (customer) WHERE customer IS NOT NULL",
    """CREATE TABLE snapshot (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        position INTEGER NOT NULL,
        at_ns INTEGER NOT NULL,
        state BLOB NOT NULL
    ) STRICT""",
    # `sealed` is encrypted by the caller; `mark` is a keyed hash of the customer's name.
    """CREATE TABLE customer (
        customer TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE tombstone (
        mark BLOB PRIMARY KEY,
        version INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE inbox (
        place INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        answer BLOB,
        UNIQUE (kind, key)
    ) STRICT""",
    """CREATE TABLE playbook (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        version INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT""",
)
"""The statements that make an empty file a store of version 1."""

SECOND: Final = (
    # Each person's own key with their name, wrapped by the device key, under a keyed hash of the
    # name. AUTOINCREMENT: a number that was erased is never another person's.
    """CREATE TABLE person (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        mark BLOB NOT NULL UNIQUE,
        wrapped BLOB NOT NULL
    ) STRICT""",
    # What an event says of a person, sealed with their key; without the key it is nobody's.
    """CREATE TABLE personal (
        sequence INTEGER PRIMARY KEY REFERENCES event (sequence) ON DELETE CASCADE,
        person INTEGER NOT NULL REFERENCES person (number) ON DELETE CASCADE,
        sealed BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX personal_person ON personal (person)",
    "DROP TABLE customer",
    """CREATE TABLE customer (
        person INTEGER PRIMARY KEY REFERENCES person (number) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT""",
    # The marks were made with another key; without a cursor the platform tells of everybody anew,
    # of erasures as well.
    "DELETE FROM tombstone",
    "DELETE FROM meta WHERE key = 'customers.cursor'",
    "ALTER TABLE visit ADD COLUMN person INTEGER REFERENCES person (number) ON DELETE SET NULL",
    "CREATE INDEX visit_person ON visit (person) WHERE person IS NOT NULL",
    # An answer may have named somebody; a repeat of the request is told that nothing is known.
    "UPDATE inbox SET answer = NULL",
    "ALTER TABLE snapshot RENAME TO old_snapshot",
    # `sealed` is 0 where the device key was missing: nobody was known then.
    """CREATE TABLE snapshot (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        position INTEGER NOT NULL,
        at_ns INTEGER NOT NULL,
        sealed INTEGER NOT NULL,
        state BLOB NOT NULL
    ) STRICT""",
    # Erasures that were asked for and not finished yet: a restart goes on with them.
    """CREATE TABLE erasure (
        place INTEGER PRIMARY KEY,
        mark BLOB NOT NULL,
        request TEXT NOT NULL,
        reason TEXT NOT NULL,
        asked_ms INTEGER NOT NULL,
        counts BLOB
    ) STRICT""",
    # What customers took back here; it holds until the platform's record says so as well.
    """CREATE TABLE withdrawal (
        mark BLOB NOT NULL,
        purpose TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        PRIMARY KEY (mark, purpose)
    ) STRICT, WITHOUT ROWID""",
    # A chain: each link is a keyed hash over the link before it and the row.
    """CREATE TABLE audit (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at_ms INTEGER NOT NULL,
        what TEXT NOT NULL,
        subject BLOB,
        detail TEXT NOT NULL,
        link BLOB NOT NULL
    ) STRICT""",
    # What of a day's privacy budget was spent on published figures.
    """CREATE TABLE budget (
        day TEXT PRIMARY KEY,
        spent REAL NOT NULL
    ) STRICT, WITHOUT ROWID""",
)
"""The statements that make a store of version 1 one of version 2; `edge.store.sealing` seals what
names customers, and then SECOND_END follows."""

SECOND_END: Final = (
    "DROP INDEX visit_customer",
    "ALTER TABLE visit DROP COLUMN customer",
    "DROP TABLE old_snapshot",
)
"""What must not be there any more once it is sealed."""
