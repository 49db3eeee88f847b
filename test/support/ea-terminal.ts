/**
 * A terminal of test/mql5 with the EA in it, as a process: told what to do on its stdin, heard on its stdout. Its files and its
 * broker's books outlast it, so that it can be killed and started again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';

export interface TerminalEvent {
  readonly event: string;
  readonly [name: string]: unknown;
}

export type Words = Readonly<Record<string, string | number | boolean>>;

export interface BookRow {
  readonly kind: string;
  readonly [name: string]: string;
}

export interface TerminalWish {
  readonly program: string;
  /** Of this terminal alone; its sandbox lies in it. */
  readonly folder: string;
  /** The broker's: shared by terminals on one account. */
  readonly books: string;
  readonly epochMs: () => number;
  readonly setup: readonly (readonly [verb: string, words: Words])[];
  readonly inputs: Words;
}

const WITHIN_MS = 20_000;

function written(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

/** Rows of the broker's books, as its file holds them now. */
export function readBook(path: string): readonly BookRow[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [kind = '', ...words] = line.split('\t');
      return {
        kind,
        ...Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])),
      };
    });
}

export class EaTerminal {
  /** Of this run and all before. */
  readonly events: TerminalEvent[] = [];
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #pings = 0;
  stderr = '';

  constructor(readonly wish: TerminalWish) {}

  get files(): string {
    return join(this.wish.folder, 'Files');
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Starts the terminal and the EA in it. What is said in `then` is in place before the EA starts. */
  async start(then: () => void = () => {}): Promise<void> {
    const { program, folder, books, epochMs, setup, inputs } = this.wish;
    await mkdir(this.files, { recursive: true });
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.events.push(JSON.parse(line) as TerminalEvent));
    this.#ended = once(child, 'close').then(() => {
      if (this.#child === child) this.#child = undefined;
    });
    this.say('terminal', { folder: this.files, common: join(folder, '..', 'Common'), books, epoch: epochMs() });
    for (const [verb, words] of setup) this.say(verb, words);
    for (const [name, value] of Object.entries(inputs))
      this.say('input', { name, value: typeof value === 'boolean' ? String(value) : value });
    then();
    this.say('start');
    await this.wait('started', this.count('started') + 1);
  }

  say(verb: string, words: Words = {}): void {
    const line = [verb, ...Object.entries(words).map(([name, value]) => `${name}=${written(value)}`)].join('\t');
    this.#child?.stdin?.write(`${line}\n`);
  }

  of(event: string): readonly TerminalEvent[] {
    return this.events.filter((one) => one.event === event);
  }

  count(event: string): number {
    return this.of(event).length;
  }

  /** Frames of one type that went out, or came. */
  frames(way: 'sent' | 'received', type: number): number {
    return this.of(way).filter((one) => one.type === type).length;
  }

  async until(condition: () => boolean | Promise<boolean>, what: string, withinMs = WITHIN_MS): Promise<void> {
    for (const endMs = Date.now() + withinMs; !(await condition()); await wait(3)) {
      const fault = this.of('fault').at(-1);
      if (fault !== undefined) throw new Error(`the EA ended: ${fault.sentence}`);
      if (Date.now() > endMs) throw new Error(`waited ${withinMs} ms in vain: ${what}\n${this.tail()}`);
    }
  }

  async wait(event: string, count = 1): Promise<TerminalEvent> {
    await this.until(() => this.count(event) >= count, `${count} ${event} come`);
    return this.of(event)[count - 1] as TerminalEvent;
  }

  /** Until all that was said before is done, or the terminal has ended. */
  async pong(): Promise<void> {
    const id = String(++this.#pings);
    this.say('ping', { id });
    await this.until(() => !this.running || this.of('pong').some((one) => one.id === id), 'the terminal answers');
  }

  /** Until a trap has ended the process. */
  async ended(): Promise<void> {
    await this.until(() => this.#child === undefined, 'the terminal ends');
    const fault = this.of('fault').at(-1);
    if (fault !== undefined) throw new Error(`the EA ended: ${fault.sentence}`);
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** In good order: the EA is taken from the chart. */
  async close(): Promise<void> {
    this.say('deinit');
    await this.ended();
  }

  get panel(): string {
    return String(this.of('panel').at(-1)?.text ?? '');
  }

  get alerts(): readonly string[] {
    return this.of('alert').map(({ text }) => String(text));
  }

  tail(): string {
    return `${this.events
      .filter(({ event }) => event !== 'panel' && event !== 'pong')
      .slice(-25)
      .map((one) => JSON.stringify(one))
      .join('\n')}\n${this.stderr}`;
  }

  book(kind?: string): readonly BookRow[] {
    const rows = readBook(this.wish.books);
    return kind === undefined ? rows : rows.filter((row) => row.kind === kind);
  }
}
