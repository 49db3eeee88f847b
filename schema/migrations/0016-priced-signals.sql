-- By what a signal was priced, so that its prices can be held against the market's later: the broker's quote, the reference's beside it,
-- how far apart they were and are usually. Empty in rows from before it was kept, and in those that close.
ALTER TABLE signals ADD COLUMN figures jsonb NOT NULL DEFAULT '{}';
