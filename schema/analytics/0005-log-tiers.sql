-- Logs age by their level, as schema/retention.json has it.
ALTER TABLE suho.logs MODIFY TTL
  toDateTime(time) + INTERVAL 7 DAY DELETE WHERE level = 'debug',
  toDateTime(time) + INTERVAL 30 DAY;
