-- What an action of the type feedback tells, and whom: that the list `exchange_id` was right or wrong with what
-- it lists under `key`, which is `entry_id` in our bank. Its value is read when it is told.
CREATE TABLE feedbacks (
    action_id   INTEGER PRIMARY KEY REFERENCES actions (id) ON DELETE CASCADE,
    exchange_id INTEGER NOT NULL,
    key         TEXT    NOT NULL,
    entry_id    INTEGER NOT NULL,
    opinion     TEXT    NOT NULL
) STRICT;
CREATE INDEX feedbacks_by_key ON feedbacks (exchange_id, key);
