-- What has a cold period in schema/retention.json goes to the archive once its warm one is over, and is forgotten here only
-- the `slack` after that, so that a job that fails for days loses nothing. Rows that were put back stay until `held_until`.
ALTER TABLE suho.ticks ADD COLUMN IF NOT EXISTS held_until DateTime('UTC');
ALTER TABLE suho.ticks MODIFY TTL greatest(toDateTime(time) + INTERVAL 104 DAY, held_until);
ALTER TABLE suho.inference_logs ADD COLUMN IF NOT EXISTS held_until DateTime('UTC');
ALTER TABLE suho.inference_logs MODIFY TTL greatest(toDateTime(time) + INTERVAL 104 DAY, held_until);
-- Lines of one millisecond that say the same of different things are different lines.
ALTER TABLE suho.logs
  ADD COLUMN IF NOT EXISTS line UInt64,
  ADD COLUMN IF NOT EXISTS held_until DateTime('UTC'),
  MODIFY ORDER BY (tenant_id, service, time, trace_id, message, line);
ALTER TABLE suho.logs MODIFY TTL
  toDateTime(time) + INTERVAL 7 DAY DELETE WHERE level = 'debug',
  greatest(toDateTime(time) + INTERVAL 44 DAY, held_until);
