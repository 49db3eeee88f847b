/** Crowds of EAs in processes of their own, as one: what each reports is put together here. */
import { type ChildProcess, fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CrowdPlan {
  readonly host: string;
  readonly port: number;
  /** PEM of the server's certificate: over TLS. */
  readonly ca?: string;
  readonly credentials: readonly { readonly account: string; readonly key: string }[];
  /** How many loopback addresses it comes from. */
  readonly addresses: number;
  /** Says nothing and counts frames: for a server that only writes. */
  readonly bare: boolean;
  /** After WELCOME describes its symbol and quotes; else it only beats. */
  readonly talks: boolean;
  /** 0: only when it is told to. */
  readonly quotesEveryMs: number;
}

export type CrowdOrder =
  | { readonly kind: 'connect'; readonly withinMs: number }
  /** How many frames the next report is of. */
  | { readonly kind: 'await'; readonly count: number }
  | { readonly kind: 'quote' }
  | { readonly kind: 'reject' }
  | { readonly kind: 'end' };

export type CrowdReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'began'; readonly atNs: string }
  | { readonly kind: 'arrived'; readonly count: number; readonly atNs: readonly string[] }
  | { readonly kind: 'failed'; readonly sentence: string };

type Told<K extends CrowdReport['kind']> = Extract<CrowdReport, { kind: K }>;

const PROGRAM = fileURLToPath(new URL('./crowd-process.js', import.meta.url));

class CrowdProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<CrowdReport['kind'], ((told: CrowdReport) => void)[]>();
  readonly #come: CrowdReport[] = [];

  constructor(
    readonly plan: CrowdPlan,
    readonly failed: (sentence: string) => void,
    folder: string,
    at: number,
  ) {
    const file = join(folder, `crowd-${at}.json`);
    writeFileSync(file, JSON.stringify(plan));
    this.#child = fork(PROGRAM, [file], { execArgv: [] });
    this.#child.on('message', (told: CrowdReport) => this.#take(told));
  }

  #take(told: CrowdReport): void {
    if (told.kind === 'failed') return this.failed(told.sentence);
    const next = this.#waiting.get(told.kind)?.shift();
    if (next === undefined) this.#come.push(told);
    else next(told);
  }

  order(order: CrowdOrder): void {
    this.#child.send(order);
  }

  told<K extends CrowdReport['kind']>(kind: K): Promise<Told<K>> {
    const at = this.#come.findIndex((told) => told.kind === kind);
    if (at >= 0) return Promise.resolve(this.#come.splice(at, 1)[0] as Told<K>);
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(kind) ?? [];
      waiting.push(resolve as (told: CrowdReport) => void);
      this.#waiting.set(kind, waiting);
    });
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.order({ kind: 'end' });
    await gone;
  }
}

export class Crowd {
  readonly #processes: CrowdProcess[];
  #failures = 0;
  #firstFailure = '';

  constructor(plans: readonly CrowdPlan[], folder: string) {
    const failed = (sentence: string): void => {
      this.#failures += 1;
      this.#firstFailure ||= sentence;
    };
    this.#processes = plans.map((plan, at) => new CrowdProcess(plan, failed, folder, at));
  }

  async ready(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.told('ready')));
  }

  /** When the first began, and when each was welcome; in nanoseconds of the machine's one monotonic clock. */
  async connect(withinMs: number): Promise<{ readonly beganNs: bigint; readonly atNs: readonly bigint[] }> {
    for (const one of this.#processes) one.order({ kind: 'connect', withinMs });
    const began = await Promise.all(this.#processes.map((one) => one.told('began')));
    const [beganNs = 0n] = began.map(({ atNs }) => BigInt(atNs)).sort((a, b) => Number(a - b));
    return { beganNs, atNs: await this.arrived() };
  }

  /** Each waits for as many frames as it has EAs. */
  expect(frames = 1): void {
    for (const one of this.#processes) one.order({ kind: 'await', count: frames * one.plan.credentials.length });
  }

  /** When each frame that was expected came. */
  async arrived(): Promise<readonly bigint[]> {
    const all = await Promise.all(this.#processes.map((one) => one.told('arrived')));
    if (this.#failures > 0) throw new Error(`${this.#failures} EAs of the crowd failed: ${this.#firstFailure}`);
    return all.flatMap(({ atNs }) => atNs.map(BigInt));
  }

  order(order: CrowdOrder): void {
    for (const one of this.#processes) one.order(order);
  }

  async end(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.end()));
  }
}
