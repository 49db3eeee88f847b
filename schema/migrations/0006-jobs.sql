-- What runs by itself: each job once over all nodes, under a lease that whoever runs it takes here by compare-and-set.

CREATE TABLE jobs (
  name text COLLATE "C" PRIMARY KEY,
  -- Its instants are offset_ms + n × every_ms since 1970.
  every_ms bigint NOT NULL CHECK (every_ms > 0),
  offset_ms bigint NOT NULL CHECK (offset_ms >= 0 AND offset_ms < every_ms),
  -- The instant that is owed next, and when it may start: later than that by its jitter, or by the pause after a failure.
  due_at_ms bigint NOT NULL,
  start_at_ms bigint NOT NULL,
  -- Who runs it and until when; each lease has its own number, and only the newest may record how it ended.
  holder text,
  lease_until_ms bigint NOT NULL DEFAULT 0,
  epoch bigint NOT NULL DEFAULT 0,
  runs bigint NOT NULL DEFAULT 0,
  -- In a row.
  failures integer NOT NULL DEFAULT 0,
  started_at_ms bigint,
  ended_at_ms bigint,
  outcome text CHECK (outcome IN ('done', 'failed')),
  sentence text
);
GRANT SELECT, INSERT, UPDATE (every_ms, offset_ms, due_at_ms, start_at_ms, holder, lease_until_ms, epoch, runs, failures,
  started_at_ms, ended_at_ms, outcome, sentence) ON jobs TO suho_engine;
