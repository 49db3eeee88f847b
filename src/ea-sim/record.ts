/**
 * What an EA remembers across a crash, as a journal of entries and the state they add up to. The EA appends, flushes once a
 * turn, and only then acts or acks: an intent stands here before its order leaves, so that after a crash the question is
 * "what became of it?" and never "did I send it?".
 *
 * The journal is also the witness against which the server's ledger is checked for lost and doubled signals.
 */
import type { CommandMessage, ResultMessage, SignalMessage, TradeMessage } from '../protocol/messages.js';

/** A frame that must reach the server: kept until it is acked, and sent again in each session until then. */
export type KeptMessage = ResultMessage | TradeMessage;

/** A position that a command set out to close, and how much of it. */
export interface CloseTarget {
  readonly position: bigint;
  readonly symbol: string;
  readonly volume: number;
}

export type RecordEntry =
  | { readonly kind: 'instance'; readonly instance: string }
  | { readonly kind: 'signal'; readonly message: SignalMessage; readonly atMs: number }
  | { readonly kind: 'command'; readonly message: CommandMessage; readonly atMs: number }
  /** A signal that is not to be executed, whether or not it has come. */
  | { readonly kind: 'cancel'; readonly id: string }
  | { readonly kind: 'intent'; readonly id: string; readonly atMs: number; readonly volume: number }
  | { readonly kind: 'closing'; readonly id: string; readonly atMs: number; readonly targets: readonly CloseTarget[] }
  | { readonly kind: 'kept'; readonly number: number; readonly message: KeptMessage }
  /**
   * Everything kept up to that number is durable at the server. `dealsWhole`: so is every deal before; it is not while the
   * history that this run began with is not acked, for the EA may have missed deals while it was down.
   */
  | { readonly kind: 'acked'; readonly number: number; readonly dealsWhole: boolean }
  /** Of what has its end and is acked, only so many of the newest are remembered. */
  | { readonly kind: 'forgotten'; readonly most: number }
  /** The server has every deal made before this instant of the broker's clock. */
  | { readonly kind: 'history'; readonly untilMs: number };

export interface SignalMemory {
  /** Undefined where only its cancelling has come. */
  message: SignalMessage | undefined;
  receivedMs: number;
  cancelled: boolean;
  /** Orders sent for it. */
  attempts: number;
  intentMs: number;
  intentVolume: number;
  results: ResultMessage[];
}

export interface CommandMemory {
  readonly message: CommandMessage;
  readonly receivedMs: number;
  closing: { readonly atMs: number; readonly targets: readonly CloseTarget[] } | undefined;
  results: ResultMessage[];
}

export class RecordState {
  instance = '';
  readonly signals = new Map<string, SignalMemory>();
  readonly commands = new Map<string, CommandMemory>();
  readonly signalOfMagic = new Map<bigint, string>();
  /** Not yet acked, by number, oldest first. */
  readonly kept = new Map<number, KeptMessage>();
  /** Those of `kept` that say again what was said before. */
  readonly repeats = new Set<number>();
  lastNumber = 0;
  /** Broker's time of the newest deal that the server has for certain; 0 for none. */
  ackedDealMs = 0;

  apply(entry: RecordEntry): void {
    switch (entry.kind) {
      case 'instance':
        this.instance = entry.instance;
        return;
      case 'signal':
        this.#signal(entry.message.id, entry.message, entry.atMs);
        return;
      case 'command':
        this.commands.set(entry.message.id, {
          message: entry.message,
          receivedMs: entry.atMs,
          closing: undefined,
          results: [],
        });
        return;
      case 'cancel':
        this.#signal(entry.id).cancelled = true;
        return;
      case 'intent': {
        const signal = this.#signal(entry.id);
        signal.attempts += 1;
        signal.intentMs = entry.atMs;
        signal.intentVolume = entry.volume;
        return;
      }
      case 'closing': {
        const command = this.commands.get(entry.id);
        if (command) command.closing = { atMs: entry.atMs, targets: entry.targets };
        return;
      }
      case 'kept':
        this.#keep(entry.number, entry.message);
        return;
      case 'acked':
        this.#acked(entry.number, entry.dealsWhole);
        return;
      case 'forgotten':
        this.#forget(entry.most);
        return;
      case 'history':
        this.ackedDealMs = Math.max(this.ackedDealMs, entry.untilMs);
        return;
    }
  }

  /** The server asks no more for what it has acked; one that comes back from before is looked for at the broker. */
  #forget(most: number): void {
    const told = new Set<string>();
    for (const message of this.kept.values()) if (message.kind === 'RESULT') told.add(message.id);
    const ended = ({ results }: SignalMemory | CommandMemory): boolean => (results.at(-1)?.outcome ?? 'UNKNOWN') !== 'UNKNOWN';
    for (const [id, memory] of this.signals) {
      if (this.signals.size <= most) break;
      if (!ended(memory) || told.has(id)) continue;
      this.signals.delete(id);
      if (memory.message !== undefined) this.signalOfMagic.delete(memory.message.magic);
    }
    for (const [id, memory] of this.commands) {
      if (this.commands.size <= most) break;
      if (ended(memory) && !told.has(id)) this.commands.delete(id);
    }
  }

  #signal(id: string, message?: SignalMessage, atMs = 0): SignalMemory {
    let signal = this.signals.get(id);
    if (!signal) {
      signal = { message, receivedMs: atMs, cancelled: false, attempts: 0, intentMs: 0, intentVolume: 0, results: [] };
      this.signals.set(id, signal);
    } else if (message) {
      signal.message = message;
      signal.receivedMs = atMs;
    }
    if (message) this.signalOfMagic.set(message.magic, id);
    return signal;
  }

  #keep(number: number, message: KeptMessage): void {
    this.kept.set(number, message);
    this.lastNumber = Math.max(this.lastNumber, number);
    if (message.kind !== 'RESULT') return;
    const memory = message.subject === 'SIGNAL' ? this.#signal(message.id) : this.commands.get(message.id);
    // A repeated answer is kept again so that it goes out again, and is no new result.
    if (memory && message.attempt > (memory.results.at(-1)?.attempt ?? 0)) memory.results.push(message);
    else this.repeats.add(number);
  }

  #acked(number: number, dealsWhole: boolean): void {
    for (const [at, message] of this.kept) {
      if (at > number) break;
      this.kept.delete(at);
      this.repeats.delete(at);
      if (dealsWhole && message.kind === 'TRADE' && message.deal !== 0n) {
        this.ackedDealMs = Math.max(this.ackedDealMs, message.brokerTimeMs);
      }
    }
  }
}

export interface EaRecord {
  /** Everything appended, flushed or not. */
  readonly state: RecordState;
  append(entry: RecordEntry): void;
  /** When it returns, what was appended survives a crash. */
  flush(): void;
  close(): void;
}

/** The twin without a disk. `crash` gives what a restart would find. */
export class MemoryRecord implements EaRecord {
  readonly state = new RecordState();
  readonly #entries: RecordEntry[];
  #durable: number;

  constructor(newInstance: () => string, entries: readonly RecordEntry[] = []) {
    this.#entries = entries.length > 0 ? [...entries] : [{ kind: 'instance', instance: newInstance() }];
    this.#durable = this.#entries.length;
    for (const entry of this.#entries) this.state.apply(entry);
  }

  append(entry: RecordEntry): void {
    this.#entries.push(entry);
    this.state.apply(entry);
  }

  flush(): void {
    this.#durable = this.#entries.length;
  }

  close(): void {
    this.flush();
  }

  crash(): MemoryRecord {
    return new MemoryRecord(() => this.state.instance, this.#entries.slice(0, this.#durable));
  }
}

/** Where a terminal keeps its EA's record, across the EA's crashes. */
export interface RecordStore {
  open(): EaRecord;
  /** Ends the run that has it open, as a crash: what was not flushed is lost. */
  crash(): void;
}

export class MemoryRecordStore implements RecordStore {
  #record: MemoryRecord;

  constructor(newInstance: () => string) {
    this.#record = new MemoryRecord(newInstance);
  }

  open(): EaRecord {
    return this.#record;
  }

  crash(): void {
    this.#record = this.#record.crash();
  }
}

/** What the EA's own record and its broker say of one signal. */
export interface SignalSummary {
  readonly id: string;
  readonly magic: bigint;
  readonly received: boolean;
  readonly attempts: number;
  /** The newest RESULT, or undefined while there is none. */
  readonly outcome: ResultMessage['outcome'] | undefined;
  /** Deals that opened something under the signal's magic, and the orders they belong to. */
  readonly deals: number;
  /** Orders that traded: more than one is a doubled execution. */
  readonly executions: number;
}

interface OpeningDeal {
  readonly magic: bigint;
  readonly order: bigint;
  readonly entry: string;
  readonly kind: string;
}

export function summarise(state: RecordState, brokerDeals: readonly OpeningDeal[]): SignalSummary[] {
  const opened = new Map<bigint, OpeningDeal[]>();
  for (const deal of brokerDeals) {
    if (deal.kind === 'BALANCE' || deal.entry === 'OUT' || deal.magic === 0n) continue;
    const known = opened.get(deal.magic);
    if (known) known.push(deal);
    else opened.set(deal.magic, [deal]);
  }
  return [...state.signals].map(([id, signal]) => {
    const magic = signal.message?.magic ?? 0n;
    const deals = opened.get(magic) ?? [];
    return {
      id,
      magic,
      received: signal.message !== undefined,
      attempts: signal.attempts,
      outcome: signal.results.at(-1)?.outcome,
      deals: deals.length,
      executions: new Set(deals.map((deal) => deal.order)).size,
    };
  });
}
