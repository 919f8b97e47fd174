-- What an operator set while the bridge ran. It stands above config.toml until it is taken back.
CREATE TABLE settings (
    name   TEXT    PRIMARY KEY,
    value  TEXT    NOT NULL,
    set_at INTEGER NOT NULL,
    actor  TEXT    NOT NULL
) STRICT;

-- What helps against the trouble of a try; empty where nothing is known to.
ALTER TABLE attempts ADD COLUMN remedy TEXT NOT NULL DEFAULT '';
ALTER TABLE tries ADD COLUMN remedy TEXT NOT NULL DEFAULT '';

-- When an action came to its end; not known of older ones.
ALTER TABLE actions ADD COLUMN ended_at INTEGER;
