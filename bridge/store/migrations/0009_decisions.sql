-- Decisions of persons; none was ever written before. Those of one batch are undone together; key is the
-- caller's name for the batch. undone_at is null while it stands.
DROP TABLE decisions;
CREATE TABLE decisions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    ref        TEXT    NOT NULL UNIQUE,
    batch      TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    case_id    TEXT    NOT NULL REFERENCES cases (id),
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    choice     TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    undo_until INTEGER NOT NULL,
    undone_at  INTEGER,
    undone_by  TEXT    NOT NULL
) STRICT;
CREATE INDEX decisions_by_case ON decisions (case_id);
CREATE INDEX decisions_by_batch ON decisions (batch);
CREATE INDEX decisions_by_key ON decisions (key);
CREATE INDEX decisions_by_undo ON decisions (undo_until) WHERE undone_at IS NULL;

-- The files a decision is about; entries are those of allow banks that it made.
CREATE TABLE decision_uploads (
    decision_id INTEGER NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
    upload_id   TEXT    NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    PRIMARY KEY (decision_id, upload_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX decisions_of_upload ON decision_uploads (upload_id);
CREATE TABLE decision_entries (
    decision_id INTEGER NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
    entry_id    INTEGER NOT NULL,
    PRIMARY KEY (decision_id, entry_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_notes (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id TEXT    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    text    TEXT    NOT NULL
) STRICT;
CREATE INDEX notes_by_case ON case_notes (case_id);

-- Put off until then, escalated at that time, decided at that time; 0 where not.
ALTER TABLE cases ADD COLUMN later_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN escalated_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN decided_at INTEGER NOT NULL DEFAULT 0;
-- A case that is opened again stands beside one that was opened since; what is new joins the newest.
DROP INDEX one_open_case;
CREATE INDEX open_cases ON cases (gathers, category) WHERE state = 'open';

-- Not begun before wait_until; the batch of decisions that planned it, and the one that ended it.
ALTER TABLE actions ADD COLUMN wait_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE actions ADD COLUMN decision TEXT NOT NULL DEFAULT '';
ALTER TABLE actions ADD COLUMN ended_by TEXT NOT NULL DEFAULT '';
CREATE INDEX actions_by_decision ON actions (decision) WHERE decision <> '';
-- How a picture of a bank fared before is asked with every case.
CREATE INDEX matches_by_content ON matches (content_id);
CREATE INDEX actions_by_end ON actions (ended_by) WHERE ended_by <> '';
CREATE INDEX live_by_subject ON actions (did, cid, uri) WHERE state IN ('planned', 'running');

-- What each try of an action said, the last ten.
CREATE TABLE tries (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    action_id INTEGER NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    what      TEXT    NOT NULL
) STRICT;
CREATE INDEX tries_by_action ON tries (action_id);

-- An allow entry is against one entry: the same value may stand against several.
DROP INDEX entries_by_value;
CREATE UNIQUE INDEX entries_by_value ON entries (value, signal_type, bank_id, coalesce(against, 0));
