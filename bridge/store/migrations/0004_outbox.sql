-- When an action was last tried, and when it is tried again. What came of it stands in its state.
CREATE TABLE attempts (
    action_id INTEGER PRIMARY KEY REFERENCES actions (id) ON DELETE CASCADE,
    attempts  INTEGER NOT NULL,
    due_at    INTEGER NOT NULL,
    why       TEXT    NOT NULL
) STRICT;
CREATE INDEX attempts_by_time ON attempts (due_at);
CREATE INDEX actions_by_blob ON actions (cid, did) WHERE cid <> '';
CREATE INDEX actions_by_upload ON actions (upload_id);
CREATE INDEX actions_by_case ON actions (case_id);
