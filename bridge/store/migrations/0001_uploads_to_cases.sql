-- Times are milliseconds since 1970, UTC. Hashes are raw bytes. STRICT tables refuse wrong types.

-- News, in order: what event streams are made of. What happened stands in the compliance log, at idx.
CREATE TABLE events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    type    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    idx     INTEGER NOT NULL
) STRICT;
CREATE INDEX events_by_subject ON events (subject);

CREATE TABLE banks (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    category           TEXT    NOT NULL,
    role               TEXT    NOT NULL,
    on_match           TEXT    NOT NULL,
    mode               TEXT    NOT NULL,
    threshold          INTEGER NOT NULL CHECK (threshold BETWEEN 0 AND 31),
    description        TEXT    NOT NULL,
    takes_poor_quality INTEGER NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL
) STRICT;

-- AUTOINCREMENT: an id is never used twice, so "everything after entry 4711" means what it says.
-- Entries without their bank match nothing: a bank goes at once, its million entries follow in slices.
-- content_id gathers the entries of one picture; null where the entry came alone (then it is its id).
CREATE TABLE entries (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    bank_id     INTEGER NOT NULL,
    content_id  INTEGER,
    signal_type TEXT    NOT NULL,
    value       BLOB    NOT NULL,
    quality     INTEGER,
    against     INTEGER,
    metadata    TEXT,
    added_at    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_by_value ON entries (value, signal_type, bank_id);
CREATE INDEX entries_by_bank ON entries (bank_id);
CREATE INDEX entries_by_content ON entries (content_id) WHERE content_id IS NOT NULL;

-- Counting ten million rows takes seconds; these are always right and cost a microsecond a row.
CREATE TABLE entry_counts (
    bank_id     INTEGER NOT NULL,
    signal_type TEXT    NOT NULL,
    n           INTEGER NOT NULL,
    PRIMARY KEY (bank_id, signal_type)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER bank_made AFTER INSERT ON banks BEGIN
    INSERT INTO entry_counts VALUES
        (new.id, 'pdq', 0), (new.id, 'md5', 0), (new.id, 'sha1', 0), (new.id, 'sha256', 0);
END;
CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
    UPDATE entry_counts SET n = n + 1 WHERE bank_id = new.bank_id AND signal_type = new.signal_type;
END;
CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN
    UPDATE entry_counts SET n = n - 1 WHERE bank_id = old.bank_id AND signal_type = old.signal_type;
END;

CREATE TABLE signals (
    sha256     BLOB    PRIMARY KEY CHECK (length(sha256) = 32),
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
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT    NOT NULL UNIQUE,
    received_at    INTEGER NOT NULL,
    source         TEXT    NOT NULL,
    sender         TEXT    NOT NULL,
    did            TEXT    NOT NULL,
    claimed_author TEXT    NOT NULL,
    cid            TEXT    NOT NULL,
    uri            TEXT    NOT NULL,
    photo_id       TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    wanted         INTEGER,
    sha256         BLOB    NOT NULL,
    verdict        TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    action         TEXT    NOT NULL,
    banks          TEXT    NOT NULL,
    took_ms        INTEGER NOT NULL
) STRICT;
CREATE INDEX uploads_by_photo ON uploads (photo_id) WHERE photo_id <> '';
CREATE INDEX uploads_by_sha256 ON uploads (sha256);
CREATE INDEX uploads_that_matter ON uploads (seq) WHERE verdict <> 'no_match';

CREATE TABLE upload_counts (
    day     INTEGER NOT NULL,
    verdict TEXT    NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (day, verdict)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER upload_added AFTER INSERT ON uploads BEGIN
    INSERT INTO upload_counts VALUES (new.received_at / 86400000, new.verdict, 1)
    ON CONFLICT (day, verdict) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER upload_revised AFTER UPDATE OF verdict ON uploads BEGIN
    UPDATE upload_counts SET n = n - 1 WHERE day = old.received_at / 86400000 AND verdict = old.verdict;
    INSERT INTO upload_counts VALUES (new.received_at / 86400000, new.verdict, 1)
    ON CONFLICT (day, verdict) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER upload_removed AFTER DELETE ON uploads BEGIN
    UPDATE upload_counts SET n = n - 1 WHERE day = old.received_at / 86400000 AND verdict = old.verdict;
END;

-- The uploads that were not checked: when to look again, or never by itself (retry_at is null).
CREATE TABLE retries (
    upload_id TEXT    PRIMARY KEY REFERENCES uploads (id) ON DELETE CASCADE,
    attempts  INTEGER NOT NULL,
    retry_at  INTEGER
) STRICT;
CREATE INDEX retries_by_time ON retries (retry_at) WHERE retry_at IS NOT NULL;

CREATE TABLE matches (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    upload_id    TEXT    NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    bank_id      INTEGER NOT NULL,
    bank         TEXT    NOT NULL,
    category     TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    entry_id     INTEGER NOT NULL,
    content_id   INTEGER NOT NULL,
    signal_type  TEXT    NOT NULL,
    distance     INTEGER NOT NULL,
    quality      INTEGER,
    view         INTEGER NOT NULL,
    likeness     TEXT    NOT NULL,
    cancelled_by TEXT    NOT NULL,
    matched_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX matches_by_upload ON matches (upload_id);
CREATE INDEX matches_by_bank ON matches (bank_id, matched_at);

CREATE TABLE cases (
    id         TEXT    PRIMARY KEY,
    state      TEXT    NOT NULL,
    category   TEXT    NOT NULL,
    gathers    TEXT    NOT NULL,
    opened_at  INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_open_case ON cases (gathers, category) WHERE state = 'open';
CREATE INDEX cases_by_state ON cases (state, opened_at);

CREATE TABLE case_uploads (
    case_id   TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    PRIMARY KEY (case_id, upload_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_of_upload ON case_uploads (upload_id);

CREATE TABLE decisions (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id   TEXT    NOT NULL REFERENCES cases (id),
    at        INTEGER NOT NULL,
    actor     TEXT    NOT NULL,
    choice    TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    note      TEXT    NOT NULL
) STRICT;
CREATE INDEX decisions_by_case ON decisions (case_id);

-- The outbox: outward effects of decisions, planned here before anyone hears of them.
CREATE TABLE actions (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT    NOT NULL UNIQUE,
    type            TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    automatic       INTEGER NOT NULL,
    case_id         TEXT    NOT NULL,
    upload_id       TEXT    NOT NULL,
    content_id      INTEGER NOT NULL,
    did             TEXT    NOT NULL,
    cid             TEXT    NOT NULL,
    why             TEXT    NOT NULL,
    planned_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX actions_by_state ON actions (state, planned_at);
CREATE INDEX automatic_actions ON actions (planned_at, content_id) WHERE automatic = 1;

CREATE TABLE api_keys (
    name       TEXT    PRIMARY KEY,
    digest     BLOB    NOT NULL UNIQUE,
    scopes     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
