-- Files of the vault, one for the same bytes; the key of each, sealed. A row that is deleted destroys its file.
CREATE TABLE vault_files (
    sha256  BLOB    PRIMARY KEY CHECK (length(sha256) = 32),
    name    TEXT    NOT NULL UNIQUE,
    key     BLOB    NOT NULL,
    size    INTEGER NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a case keeps of each of its uploads: bytes (sha256 is null where there are none, and why), and
-- the record, account and address as they were, sealed. destroy_at is null until the case was decided.
CREATE TABLE evidence (
    case_id      TEXT    NOT NULL REFERENCES cases (id),
    upload_id    TEXT    NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    kept_at      INTEGER NOT NULL,
    sha256       BLOB,
    why          TEXT    NOT NULL,
    context      BLOB,
    destroy_at   INTEGER,
    destroyed_at INTEGER,
    PRIMARY KEY (case_id, upload_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_by_upload ON evidence (upload_id);
CREATE INDEX evidence_by_bytes ON evidence (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX evidence_by_end ON evidence (destroy_at) WHERE destroy_at IS NOT NULL AND destroyed_at IS NULL;

-- Where an upload came from, sealed; for unmatched uploads seven days.
CREATE TABLE addresses (
    upload_id TEXT    PRIMARY KEY REFERENCES uploads (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    sealed    BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_by_time ON addresses (at);
