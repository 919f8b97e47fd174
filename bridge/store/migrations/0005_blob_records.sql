-- Which records refer to which blob, as the firehose told: a blob may be found before its record is, or at the gate.
CREATE TABLE blob_records (
    did TEXT NOT NULL,
    cid TEXT NOT NULL,
    uri TEXT NOT NULL,
    PRIMARY KEY (did, cid, uri)
) STRICT, WITHOUT ROWID;

-- Each account has its turn, whoever queued more.
DROP INDEX wanted_blobs_by_time;
CREATE INDEX wanted_blobs_by_account ON wanted_blobs (did, due_at, found_at);
