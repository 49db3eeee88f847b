/** What lies between a node and the broker in process: up, or cut, and what goes over it may take time, get lost or come again. */
export interface Link {
  readonly up: boolean;
  /** Resolves when what is on its way has come so far; undefined, or left out, where nothing takes time. */
  lag?(): Promise<void> | undefined;
  /** Whether what is told and forgotten gets lost now. */
  loses?(): boolean;
  /** Whether the broker does not hear that a kept message was taken: whoever goes on under the name gets it again. */
  forgets?(): boolean;
  /** Calls whenever `up` has changed. */
  onChange(listener: () => void): () => void;
}

export const STANDING_LINK: Link = { up: true, onChange: () => () => {} };

/** Resolves at once where it is up, or where the signal has come. */
export async function linkUp(link: Link, signal?: AbortSignal): Promise<void> {
  if (link.up || signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      if (!link.up && !signal?.aborted) return;
      forget();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const forget = link.onChange(end);
    signal?.addEventListener('abort', end);
  });
}

/** What goes one way over a link: in order, however long each takes. */
export class Way {
  #last: Promise<void> | undefined;

  constructor(readonly link: Link) {}

  /** Resolves when what leaves now has arrived, after all that left before; undefined where that is at once. */
  pass(): Promise<void> | undefined {
    const lag = this.link.lag?.();
    if (lag === undefined && this.#last === undefined) return undefined;
    const before = this.#last;
    const arrived = Promise.all([before, lag]).then(() => {
      if (this.#last === arrived) this.#last = undefined;
    });
    this.#last = arrived;
    return arrived;
  }

  /** Does it at the other end, if the link is up then. */
  send(act: () => void): void {
    const passed = this.pass();
    if (passed === undefined) act();
    else
      void passed.then(() => {
        if (this.link.up) act();
      });
  }
}
