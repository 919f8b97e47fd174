-- The compliance log: RFC 6962 leaves, the inner nodes every fourth level, and its signed head.
-- Triggers guard against our own mistakes; against an intruder only the outside copy of the head helps.
CREATE TABLE log_entries (
    idx  INTEGER PRIMARY KEY,
    leaf BLOB    NOT NULL
) STRICT;
CREATE TRIGGER log_entries_grow BEFORE INSERT ON log_entries
WHEN new.idx IS NOT (SELECT coalesce(max(idx), -1) + 1 FROM log_entries) BEGIN
    SELECT RAISE(ABORT, 'the log only grows');
END;
CREATE TRIGGER log_entries_stay BEFORE UPDATE ON log_entries BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER log_entries_last BEFORE DELETE ON log_entries BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

CREATE TABLE log_nodes (
    level INTEGER NOT NULL,
    idx   INTEGER NOT NULL,
    hash  BLOB    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER log_nodes_grow BEFORE INSERT ON log_nodes
WHEN EXISTS (SELECT 1 FROM log_nodes WHERE level = new.level AND idx >= new.idx) BEGIN
    SELECT RAISE(ABORT, 'the log only grows');
END;
CREATE TRIGGER log_nodes_stay BEFORE UPDATE ON log_nodes BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER log_nodes_last BEFORE DELETE ON log_nodes BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

-- The entries of each case, for its chain and its export: as append-only as the entries themselves.
CREATE TABLE log_case_entries (
    case_id  TEXT    NOT NULL,
    case_seq INTEGER NOT NULL,
    idx      INTEGER NOT NULL,
    PRIMARY KEY (case_id, case_seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER log_case_entries_grow BEFORE INSERT ON log_case_entries
WHEN new.case_seq IS NOT
    (SELECT coalesce(max(case_seq), 0) + 1 FROM log_case_entries WHERE case_id = new.case_id) BEGIN
    SELECT RAISE(ABORT, 'the log only grows');
END;
CREATE TRIGGER log_case_entries_stay BEFORE UPDATE ON log_case_entries BEGIN
    SELECT RAISE(ABORT, 'the log only grows');
END;
CREATE TRIGGER log_case_entries_last BEFORE DELETE ON log_case_entries BEGIN
    SELECT RAISE(ABORT, 'the log only grows');
END;

-- One row: the tree as it stands, and the newest signed note, of an earlier size while the key is locked.
CREATE TABLE log_head (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    origin   TEXT    NOT NULL,
    size     INTEGER NOT NULL,
    frontier BLOB    NOT NULL,
    note     TEXT    NOT NULL
) STRICT;
CREATE TRIGGER log_head_stays BEFORE DELETE ON log_head BEGIN SELECT RAISE(ABORT, 'the log has one head'); END;

-- Signed heads that are kept: one a day, those exported or time-stamped, those signed by two keys.
CREATE TABLE log_checkpoints (
    size INTEGER PRIMARY KEY,
    why  TEXT    NOT NULL,
    note TEXT    NOT NULL
) STRICT;
CREATE TRIGGER log_checkpoints_grow BEFORE INSERT ON log_checkpoints
WHEN EXISTS (SELECT 1 FROM log_checkpoints WHERE size >= new.size) BEGIN
    SELECT RAISE(ABORT, 'the log only grows');
END;
CREATE TRIGGER log_checkpoints_stay BEFORE UPDATE ON log_checkpoints BEGIN
    SELECT RAISE(ABORT, 'the log only grows');
END;
CREATE TRIGGER log_checkpoints_last BEFORE DELETE ON log_checkpoints BEGIN
    SELECT RAISE(ABORT, 'the log only grows');
END;

-- What others attest of a kept head, as they answered.
CREATE TABLE log_anchors (
    id      INTEGER PRIMARY KEY,
    size    INTEGER NOT NULL REFERENCES log_checkpoints (size),
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    receipt BLOB    NOT NULL
) STRICT;
CREATE TRIGGER log_anchors_grow BEFORE INSERT ON log_anchors
WHEN EXISTS (SELECT 1 FROM log_anchors WHERE id >= new.id) BEGIN
    SELECT RAISE(ABORT, 'the log only grows');
END;
CREATE TRIGGER log_anchors_stay BEFORE UPDATE ON log_anchors BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER log_anchors_last BEFORE DELETE ON log_anchors BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

-- The keys this log was signed with, oldest first; from which entry on, and why one ended.
CREATE TABLE log_keys (
    public   BLOB    PRIMARY KEY CHECK (length(public) = 32),
    idx      INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    ended_at INTEGER,
    ended_by TEXT    NOT NULL
) STRICT;

-- Who "op:3" and "key:2" are; erasable, the log has only the number.
CREATE TABLE log_actors (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (kind, name)
) STRICT;

-- What the commitments of an entry open to, sealed to the key of its group: a case, or a day.
-- Deleting a group's key shreds its openings in every copy of this file.
CREATE TABLE log_opening_keys (
    name   TEXT PRIMARY KEY,
    public BLOB NOT NULL CHECK (length(public) = 32),
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE log_openings (
    idx     INTEGER PRIMARY KEY,
    key     TEXT NOT NULL REFERENCES log_opening_keys (name) ON DELETE CASCADE,
    sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX log_openings_by_key ON log_openings (key);

-- A legal hold keeps a case from being erased until its date.
CREATE TABLE holds (
    case_id TEXT    PRIMARY KEY REFERENCES cases (id),
    until   INTEGER NOT NULL,
    basis   TEXT    NOT NULL,
    set_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Erasures that a hold defers; they happen by themselves at its end.
CREATE TABLE erasures (
    case_id  TEXT    PRIMARY KEY REFERENCES cases (id),
    asked_at INTEGER NOT NULL,
    basis    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    name   TEXT    PRIMARY KEY,
    sealed BLOB    NOT NULL,
    set_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
