/** A byte stream to one client, whatever carries it. The gateway reads in turns and never buffers past the outbox bound. */
export interface Transport {
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Bytes written and not yet taken by the operating system. */
  readonly outboxBytes: number;
  write(bytes: Uint8Array): void;
  /** Stops and resumes reading. */
  pause(): void;
  resume(): void;
  /** Ends after what is written has left, with a sentence where the transport can carry one; `destroy` does not wait. */
  end(sentence?: string): void;
  destroy(): void;
}

export interface TransportEvents {
  data(bytes: Uint8Array): void;
  closed(): void;
}

/** What a listener calls for each client; the answer receives the client's events. */
export type Accept = (transport: Transport) => TransportEvents;

export interface Listener {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}
