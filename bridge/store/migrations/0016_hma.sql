-- Where a bank comes from: '' it was made here, 'hma' an HMA has it, else the name of an exchange.
ALTER TABLE banks ADD COLUMN origin TEXT NOT NULL DEFAULT '';
