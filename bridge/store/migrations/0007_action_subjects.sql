-- An action is about a record where it has a uri (cid is the record's), else about a blob, else about an account.
ALTER TABLE actions ADD COLUMN uri TEXT NOT NULL DEFAULT '';
