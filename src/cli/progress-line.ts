import type { Writable } from 'node:stream';

export interface Progress {
  readonly stage: string;
  readonly done: number;
  /** 0 where it is not known. */
  readonly of: number;
  readonly note?: string;
}

/** How long it may take yet, for a person. */
function leftText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s left`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min left` : `${(seconds / 3_600).toFixed(1)} h left`;
}

/** One line of a terminal that tells how far a long work is; elsewhere nothing is written. */
export class ProgressLine {
  readonly #stream: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly #seconds: () => number;
  #stage = '';
  #from = { done: 0, seconds: 0 };

  constructor(stream: Writable & { readonly isTTY?: boolean; readonly columns?: number }, seconds: () => number) {
    this.#stream = stream;
    this.#seconds = seconds;
  }

  show({ stage, done, of, note }: Progress): void {
    if (this.#stream.isTTY !== true) return;
    const seconds = this.#seconds();
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#from = { done, seconds };
    }
    const rate = (done - this.#from.done) / (seconds - this.#from.seconds);
    const far = of > 0 ? `${Math.floor((100 * done) / of)} %` : done > 0 ? `${Math.floor(done)}` : '';
    const left = of > 0 && rate > 0 ? leftText((of - done) / rate) : '';
    const line = [stage, far, note ?? '', left].filter((part) => part !== '').join(', ');
    this.#stream.write(`\r\u001b[K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  clear(): void {
    if (this.#stream.isTTY === true && this.#stage !== '') this.#stream.write('\r\u001b[K');
    this.#stage = '';
  }
}
