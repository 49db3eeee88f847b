/**
 * The bus between nodes. Two ways to send: `publish` tells whoever listens now and forgets; `keep` stores in a stream, once for
 * each id, before it resolves. Two ways to hear: `subscribe` gets what comes while it listens; `consume` gets a stream's messages
 * in their order, each until it is taken, from where the consumer of that name left off, whoever held it before.
 *
 * At least once: after a crash a message may come again, so a consumer knows it by its id.
 */
import type { Registry } from './registry.js';
import type { StreamName, SubjectName } from './streams.js';

declare const carries: unique symbol;

/** Made by `subjectOf` (`subjects.ts`) alone. */
export interface Subject<V> {
  readonly [carries]: V;
  readonly text: string;
  readonly name: SubjectName;
  /** Where it is kept; undefined for what is told and forgotten. */
  readonly stream: StreamName | undefined;
}

/** One or many subjects: `*` stands for one part, `>` for one or more at the end. Made by `patternOf` and its siblings alone. */
export interface Pattern<V> {
  readonly [carries]: V;
  readonly text: string;
  readonly stream: StreamName | undefined;
}

export interface BusMessage<V> {
  readonly subject: string;
  readonly payload: V;
}

export interface KeptMessage<V> extends BusMessage<V> {
  readonly id: string;
  /** Its number in its stream. */
  readonly sequence: number;
  /** 1 at first; more where the handler failed before. */
  readonly attempt: number;
}

export interface Kept {
  readonly sequence: number;
  /** It was there already, under this id. */
  readonly duplicate: boolean;
}

export interface SubscriptionFigures {
  readonly handled: number;
  /** Gave way to a newer one of the same subject. */
  readonly conflated: number;
  /** Gave way to one of another subject. */
  readonly dropped: number;
  /** The handler threw. */
  readonly failed: number;
  /** Could not be read. */
  readonly damaged: number;
}

export interface Subscription {
  readonly figures: SubscriptionFigures;
  close(): void;
}

/** Where a consumer begins that has no place yet: with the oldest kept, with what comes, or with a number. */
export type From = 'oldest' | 'new' | number;

export interface ConsumeOptions {
  /** The consumer's name: its place is kept under it. Of two that hold one name the later goes on and the earlier ends. */
  readonly durable: string;
  readonly from?: From;
  /** Begins so many messages before its place: what the process before had taken, and not worked off when it ended, comes again. */
  readonly again?: number;
}

export interface Consumption {
  /** Number of the newest message that it took itself; 0 before the first. */
  readonly position: number;
  /** Why it does not go on; undefined while all is well. */
  readonly fault: string | undefined;
  /** Messages that no version of the engine can read, passed over. */
  readonly damaged: number;
  /** After the message under way. */
  close(): Promise<void>;
}

export type Handle<M> = (message: M) => void | Promise<void>;

export interface Bus {
  /** What the nodes on this bus agree on. */
  readonly registry: Registry;
  /** Why it does not carry as it should; undefined while all is well. */
  readonly fault: string | undefined;
  /** False where it could not be sent; nobody is told later. Throws INPUT_INVALID for what is too large, if anybody hears it. */
  publish<V>(subject: Subject<V>, payload: V): boolean;
  /** Resolves when it is stored; waits while the server is away. Throws BUS_FULL, or UNREACHABLE where too many wait. */
  keep<V>(subject: Subject<V>, payload: V, id: string): Promise<Kept>;
  subscribe<V>(pattern: Pattern<V>, handle: Handle<BusMessage<V>>): Subscription;
  /** A handler that throws gets the same message again, and none after it before. */
  consume<V>(pattern: Pattern<V>, options: ConsumeOptions, handle: Handle<KeptMessage<V>>): Consumption;
  close(): Promise<void>;
}
