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

/** Where a logger's lines go, secrets already out of them: to stderr, unless the terminal is somebody else's, and to who hears them. */
export class LogLines implements DestinationStream {
  readonly #shown: DestinationStream | undefined;
  readonly #kept: number;
  /** A ring, once it is full. */
  readonly #newest: string[] = [];
  readonly #hearers = new Set<(line: string) => void>();
  #next = 0;

  /** Of the newest lines so many are kept. */
  constructor(shown: DestinationStream | 'hidden' = pino.destination(2), kept = 0) {
    this.#shown = shown === 'hidden' ? undefined : shown;
    this.#kept = kept;
  }

  /** Oldest first. */
  get newest(): readonly string[] {
    return [...this.#newest.slice(this.#next), ...this.#newest.slice(0, this.#next)];
  }

  write(line: string): void {
    this.#shown?.write(line);
    if (this.#kept > 0) {
      this.#newest[this.#next] = line;
      this.#next = (this.#next + 1) % this.#kept;
    }
    for (const hear of this.#hearers) {
      try {
        hear(line);
      } catch {
        // Logging never fails who logs; and there is nobody to whom this could be logged.
        this.#hearers.delete(hear);
      }
    }
  }

  /** Hears every line from now on; answers what ends that. */
  hear(hearer: (line: string) => void): () => void {
    this.#hearers.add(hearer);
    return () => void this.#hearers.delete(hearer);
  }
}

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
