-- A program is a user that comes with a key instead of a password: 256 random bits, of which SHA-256 is kept.
ALTER TABLE users DROP CONSTRAINT users_password_check,
  ADD CONSTRAINT users_password_check CHECK (password ~ '^scrypt\$' OR password ~ '^key\$[0-9a-f]{64}$');
