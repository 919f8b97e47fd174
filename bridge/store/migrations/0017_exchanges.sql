-- Lists of others that are kept up to date here: whose, into which bank, and how.
CREATE TABLE exchanges (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    kind       TEXT    NOT NULL,
    bank_id    INTEGER NOT NULL,
    settings   TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- How far each is. Where reading goes on is the checkpoint; '' is the beginning of a full listing.
-- listing numbers the full listings; what still has an older number when one is complete is withdrawn,
-- in slices, while withdrawing is 1.
CREATE TABLE exchange_states (
    exchange_id     INTEGER PRIMARY KEY,
    checkpoint      TEXT    NOT NULL DEFAULT '',
    listing         INTEGER NOT NULL DEFAULT 1,
    withdrawing     INTEGER NOT NULL DEFAULT 0,
    entries         INTEGER NOT NULL DEFAULT 0,
    unread          INTEGER NOT NULL DEFAULT 0,
    changes_read    INTEGER NOT NULL DEFAULT 0,
    tried_at        INTEGER,
    succeeded_at    INTEGER,
    due_at          INTEGER NOT NULL DEFAULT 0,
    failures        INTEGER NOT NULL DEFAULT 0,
    fault           TEXT    NOT NULL DEFAULT '',
    remedy          TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE TRIGGER exchange_made AFTER INSERT ON exchanges BEGIN
    INSERT INTO exchange_states (exchange_id) VALUES (new.id);
END;

-- Why an entry is there: the keys under which its owner lists it; exchange 0, without a key, is somebody's
-- hand. It goes with the last of them. Entries of no list need no line here.
CREATE TABLE exchange_entries (
    exchange_id INTEGER NOT NULL,
    key         TEXT    NOT NULL,
    entry_id    INTEGER NOT NULL,
    label       TEXT    NOT NULL,
    listing     INTEGER NOT NULL,
    PRIMARY KEY (exchange_id, key, entry_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX exchange_entries_by_entry ON exchange_entries (entry_id);
CREATE TRIGGER exchange_entry_added AFTER INSERT ON exchange_entries BEGIN
    UPDATE exchange_states SET entries = entries + 1 WHERE exchange_id = new.exchange_id;
END;
CREATE TRIGGER exchange_entry_removed AFTER DELETE ON exchange_entries BEGIN
    UPDATE exchange_states SET entries = entries - 1 WHERE exchange_id = old.exchange_id;
END;

CREATE TRIGGER entry_of_exchange_removed AFTER DELETE ON entries BEGIN
    DELETE FROM exchange_entries WHERE entry_id = old.id;
END;
