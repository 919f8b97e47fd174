-- What an action of the type webhook or notify tells, and whom: receiver is empty for the operator's own
-- webhook, else the API key (key:NAME) whose app is told. What is said is read from the store when it is sent.
CREATE TABLE messages (
    action_id INTEGER PRIMARY KEY REFERENCES actions (id) ON DELETE CASCADE,
    receiver  TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    text      TEXT    NOT NULL
) STRICT;

-- What was asked for by POST /action: the caller's key for it, the digest of what was asked, and what came of it
-- once it is done: a batch of decisions, or the actions of the outbox from one id to another, or nothing to do.
CREATE TABLE asked_actions (
    id           TEXT    PRIMARY KEY,
    actor        TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    digest       BLOB    NOT NULL,
    type         TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    done         INTEGER NOT NULL,
    case_id      TEXT    NOT NULL,
    batch        TEXT    NOT NULL,
    first_action INTEGER NOT NULL,
    last_action  INTEGER NOT NULL,
    UNIQUE (actor, key)
) STRICT;
CREATE INDEX asked_by_time ON asked_actions (at);

-- Signatures of callbacks that were taken: none is taken twice while its time would still pass.
CREATE TABLE callbacks_seen (
    signature BLOB    PRIMARY KEY,
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX callbacks_by_time ON callbacks_seen (at);
