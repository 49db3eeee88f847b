/**
 * What a view shows, asked from the node: kept by its key, so that coming back shows it at once; asked again on a beat, and
 * when the stream says that it has changed; and where it could not be answered just now, also without a beat. Nothing is asked while the
 * page is hidden.
 */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { ApiError } from './api.js';
import { live } from './live.js';

export interface Resource<T> {
  readonly value: T | undefined;
  readonly error: ApiError | undefined;
  refresh(): void;
}

export interface Beat {
  /** Between two questions while nothing streams. */
  readonly everyMs?: number;
  /** The topic whose news make it worth asking again; with it the beat slows down while the stream is there. */
  readonly topic?: string;
  /** Which of its news do; all where it is absent. */
  readonly concerns?: (news: never) => boolean;
  /** What is shown comes by the stream as well, so that the beat slows down with it. */
  readonly streamed?: boolean;
}

interface Answer {
  readonly value?: unknown;
  readonly error?: ApiError;
}

const KEPT_MOST = 60;
const kept = new Map<string, unknown>();
/** News come in bursts: one question answers them all. */
const GATHER_MS = 400;
const STREAMED_SLOWER = 6;
/** Not answered at all, too many questions, a part that is away, an answer that took too long: all of them pass. */
const PASSING: readonly number[] = [0, 429, 503, 504];
const ASK_AGAIN_MS = 5_000;

function keep(key: string, value: unknown): void {
  kept.delete(key);
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_MOST && oldest !== undefined) kept.delete(oldest);
}

export function forgetAll(): void {
  kept.clear();
}

class Asking {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #ended = false;
  #dueMs = 0;

  constructor(
    readonly ask: () => Promise<unknown>,
    readonly everyMs: () => number | undefined,
    readonly answer: (answer: Answer) => void,
  ) {}

  async now(): Promise<void> {
    clearTimeout(this.#timer);
    this.#dueMs = 0;
    if (this.#asking || this.#ended) return;
    this.#asking = true;
    const answer = await this.#answer();
    if (!this.#ended) this.answer(answer);
    this.#asking = false;
    const isPassing = answer.error !== undefined && PASSING.includes(answer.error.status);
    const everyMs = this.everyMs() ?? (isPassing ? ASK_AGAIN_MS : undefined);
    if (everyMs !== undefined) this.in(everyMs);
  }

  async #answer(): Promise<Answer> {
    try {
      return { value: await this.ask() };
    } catch (error) {
      return { error: error instanceof ApiError ? error : new ApiError(0, String(error)) };
    }
  }

  /** Not later than that. */
  in(afterMs: number): void {
    const dueMs = performance.now() + afterMs;
    if (this.#ended || (this.#dueMs !== 0 && this.#dueMs <= dueMs)) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => (document.hidden ? this.#whenShown() : void this.now()), afterMs);
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #whenShown(): void {
    document.addEventListener('visibilitychange', () => void this.now(), { once: true });
  }
}

/** A key of undefined asks nothing. */
export function useResource<T>(key: string | undefined, ask: () => Promise<T>, beat: Beat = {}): Resource<T> {
  const [, setTurn] = useState(0);
  const slot = useMemo<{ answer: Answer; asking?: Asking }>(
    () => ({ answer: key !== undefined && kept.has(key) ? { value: kept.get(key) } : {} }),
    [key],
  );
  const { everyMs, topic, concerns, streamed = topic !== undefined } = beat;
  useEffect(() => {
    if (key === undefined) return undefined;
    const pace = (): number | undefined =>
      everyMs !== undefined && streamed && live.state.value === 'live' ? everyMs * STREAMED_SLOWER : everyMs;
    const asking = new Asking(ask, pace, ({ value, error }) => {
      if (error === undefined) keep(key, value);
      slot.answer = error === undefined ? { value } : { value: slot.answer.value, error };
      setTurn((turn) => turn + 1);
    });
    slot.asking = asking;
    void asking.now();
    const heard = (news: never | undefined): void => {
      if (news === undefined || concerns === undefined || concerns(news)) asking.in(GATHER_MS);
    };
    const deaf = topic === undefined ? undefined : live.on(topic, heard);
    return () => {
      asking.end();
      deaf?.();
    };
  }, [key, slot, everyMs, topic]);
  const { value, error } = slot.answer;
  return { value: value as T | undefined, error, refresh: () => void slot.asking?.now() };
}
