-- What persons looked at. ended_at is null while a picture may be on a screen; then the bridge ends it at
-- ends_by. step (1 blurred to 4 clear), colour and whole are the most that was shown; viewed is 1 where one
-- drawing was clear and whole at once.
CREATE TABLE reveals (
    id        TEXT    PRIMARY KEY,
    case_id   TEXT    NOT NULL REFERENCES cases (id),
    upload_id TEXT    NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    actor     TEXT    NOT NULL,
    began_at  INTEGER NOT NULL,
    ends_by   INTEGER NOT NULL,
    step      INTEGER NOT NULL,
    colour    INTEGER NOT NULL,
    whole     INTEGER NOT NULL,
    viewed    INTEGER NOT NULL,
    ended_at  INTEGER,
    shown_ms  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX reveals_by_actor ON reveals (actor, began_at);
CREATE INDEX reveals_by_upload ON reveals (upload_id);
CREATE INDEX reveals_by_end ON reveals (ends_by) WHERE ended_at IS NULL;
