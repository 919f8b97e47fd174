-- What accounts of the PDS reported, by com.atproto.moderation.createReport. `subject` is JSON, as it was given.
-- erase_basis is set where who reported is to be erased as soon as no hold keeps the case.
CREATE TABLE reports (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ref         TEXT    NOT NULL UNIQUE,
    case_id     TEXT    NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    reporter    TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    reason_type TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    reported_at INTEGER NOT NULL,
    erase_basis TEXT    NOT NULL
) STRICT;
CREATE INDEX reports_by_case ON reports (case_id);
CREATE INDEX reports_by_reporter ON reports (reporter, reported_at) WHERE reporter <> '';
