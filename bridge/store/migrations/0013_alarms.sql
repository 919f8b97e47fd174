-- Alarms that are raised now. told_at is null until the operator's webhook was told, absent_since while
-- what it is about does not hold any more: after a while it is cleared.
CREATE TABLE alarms (
    kind         TEXT    PRIMARY KEY,
    level        TEXT    NOT NULL,
    raised_at    INTEGER NOT NULL,
    told_at      INTEGER,
    absent_since INTEGER
) STRICT, WITHOUT ROWID;
