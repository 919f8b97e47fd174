-- When a list grows, everything ever seen goes past its new entries: in the order it came, by number. A row
-- of a table WITHOUT ROWID that is longer than 1,002 bytes takes a page of its own: now it takes its length.
CREATE TABLE signals_by_number (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256     BLOB    NOT NULL UNIQUE CHECK (length(sha256) = 32),
    sha1       BLOB    NOT NULL,
    md5        BLOB    NOT NULL,
    size       INTEGER NOT NULL,
    media_type TEXT    NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    frames     INTEGER NOT NULL,
    views      BLOB    NOT NULL,
    fault      TEXT    NOT NULL,
    unread     INTEGER NOT NULL
) STRICT;
INSERT INTO signals_by_number
    (sha256, sha1, md5, size, media_type, width, height, frames, views, fault, unread)
    SELECT sha256, sha1, md5, size, media_type, width, height, frames, views, fault, unread FROM signals;
DROP TABLE signals;
ALTER TABLE signals_by_number RENAME TO signals;

-- Whether the match was found later, when the list grew.
ALTER TABLE matches ADD COLUMN retroactive INTEGER NOT NULL DEFAULT 0;

-- How far that is: every entry up to `through` was compared with everything seen. A run compares those up
-- to `target`, and has come to the signals of number `done` of `last`; when it has ended both are the same.
CREATE TABLE rematch (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    through  INTEGER NOT NULL,
    target   INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    entries  INTEGER NOT NULL,
    found    INTEGER NOT NULL,
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL
) STRICT;
INSERT INTO rematch VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);

-- Uploads that were recorded during a run, but compared before the list had all that the run is about.
CREATE TABLE late_uploads (
    upload_id TEXT PRIMARY KEY REFERENCES uploads (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The newest self-test: when it was, when the last one passed, and the step at which it failed, if it did.
CREATE TABLE self_tests (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    at        INTEGER NOT NULL,
    passed_at INTEGER,
    way       TEXT    NOT NULL,
    step      TEXT    NOT NULL,
    why       TEXT    NOT NULL,
    took_ms   INTEGER NOT NULL
) STRICT;
