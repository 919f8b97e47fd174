-- What this bridge has put into banks of an HMA, which tells nobody what it holds and takes everything twice.
CREATE TABLE hma_contents (
    id          INTEGER PRIMARY KEY,
    batch       TEXT    NOT NULL,     -- the signals that were sent as one content
    bank_id     INTEGER NOT NULL,     -- a bank of HMA's, or an own one that is mirrored there
    signal_type TEXT    NOT NULL,
    value       BLOB    NOT NULL,
    after       INTEGER NOT NULL,     -- the content's number is above this one
    content_id  INTEGER,              -- HMA's number of it, NULL while nothing was answered
    UNIQUE (bank_id, signal_type, value)
) STRICT;
CREATE INDEX hma_contents_batch ON hma_contents (batch);
CREATE INDEX hma_contents_content ON hma_contents (bank_id, content_id);
CREATE INDEX hma_contents_unanswered ON hma_contents (bank_id) WHERE content_id IS NULL;
