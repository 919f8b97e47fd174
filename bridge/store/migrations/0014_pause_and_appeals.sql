-- While it has its one row nothing is done by itself: since when, by whom, why.
CREATE TABLE pause (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    since  INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    reason TEXT    NOT NULL
) STRICT;

-- What an appeal superseded decides its files no longer; what it did stands until something else is decided.
ALTER TABLE decisions ADD COLUMN superseded_at INTEGER;
-- An appeal is a note that asks for another decision; 0 where nobody ever did.
ALTER TABLE case_notes ADD COLUMN is_appeal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN appealed_at INTEGER NOT NULL DEFAULT 0;
