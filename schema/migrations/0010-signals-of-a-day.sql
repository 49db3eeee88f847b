-- How many signals an account was given in a day: what its tier includes is held against it at each claim.
CREATE INDEX signals_opened ON signals (account_id, created_at_ms) WHERE kind = 'OPEN';
