-- Blobs that records of the PDS refer to and that were not fetched yet: the firehose's queue.
CREATE TABLE wanted_blobs (
    did      TEXT    NOT NULL,
    cid      TEXT    NOT NULL,
    uri      TEXT    NOT NULL,
    source   TEXT    NOT NULL,
    found_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at   INTEGER NOT NULL,
    PRIMARY KEY (did, cid)
) STRICT, WITHOUT ROWID;
CREATE INDEX wanted_blobs_by_time ON wanted_blobs (due_at);

-- Accounts whose blobs are to be listed: what the firehose does not show is found so.
CREATE TABLE repos_due (
    did    TEXT    PRIMARY KEY,
    cursor TEXT    NOT NULL,
    due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX repos_due_by_time ON repos_due (due_at);

-- How far something was read: the firehose's cursor, the page of the list of accounts.
CREATE TABLE positions (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX uploads_by_blob ON uploads (cid, did) WHERE cid <> '';

-- 1 where the bytes are to be fetched once more, not only compared.
ALTER TABLE retries ADD COLUMN refetch INTEGER NOT NULL DEFAULT 0;
