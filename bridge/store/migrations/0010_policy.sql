-- Every policy that was ever put in force; the newest is. text is canonical TOML with the banks as they
-- were then, digest its SHA-256, before the same of what stood before it: undoing puts that in force.
CREATE TABLE policies (
    version INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    digest  BLOB    NOT NULL CHECK (length(digest) = 32),
    text    TEXT    NOT NULL,
    before  TEXT    NOT NULL
) STRICT;

-- Floods are counted by account; what matched is little beside all else.
CREATE INDEX matched_by_account ON uploads (did, sender, claimed_author) WHERE verdict = 'matched';
