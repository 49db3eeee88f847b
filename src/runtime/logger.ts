import { type DestinationStream, type LevelWithSilent, pino } from 'pino';

/** The part of pino that the engine uses; logs go to stderr, results to stdout. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/** Field names whose value is never written, at the top level and one level down. */
const SECRET_FIELDS = ['key', 'apiKey', 'keyHash', 'password', 'token', 'authorization', 'secret', 'privateKey'];

export function createLogger(level: LevelWithSilent, destination: DestinationStream = pino.destination(2)): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[secret]' },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
