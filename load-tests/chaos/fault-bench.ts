/** Does what the plan says, and undoes it. What would need one thing at once waits for its turn: a dead node cannot be stopped. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sentence } from '../../src/errors.js';
import type { DeliveryWatch } from './delivery-watch.js';
import type { Fault, FaultKind, Trouble } from './fault-plan.js';
import type { Conditions, Link } from './link.js';
import type { Stage, StageNode } from './stage.js';
import type { Swarm } from './swarm.js';

/** What each trouble makes of a link. */
const CONDITIONS: Readonly<Record<Exclude<Trouble, 'reset' | 'half-open'>, Partial<Conditions>>> = {
  delay: { delayMs: 60, jitterMs: 120 },
  // As a lost packet is sent again: after a fifth of a second.
  loss: { lossChance: 0.15, resendMs: 200 },
  throttle: { bytesPerSecond: 16_384 },
  'black-hole': { toServerStalled: true, toClientStalled: true },
  refuse: { refusing: true },
};

const SPARED_MOST_MS = 30_000;
const ON_A_NODE: ReadonlySet<FaultKind> = new Set(['kill', 'stop', 'pause', 'clock', 'disk-full']);

export interface Done {
  readonly fault: Fault;
  readonly fromMs: number;
  readonly toMs: number;
  /** Why it could not be done. */
  readonly failed?: string;
}

export interface BenchOptions {
  readonly stage: Stage;
  readonly swarm: Swarm;
  readonly watch: DeliveryWatch;
  /** Reads what the ledger has before it is put back. */
  readonly beforeRestore: () => Promise<void>;
  readonly say: (sentence: string) => void;
}

export class FaultBench {
  readonly #options: BenchOptions;
  readonly #turns = new Map<string, Promise<void>>();
  readonly #troubled = new Map<Link, number>();
  readonly #under = new Map<StageNode, number>();
  readonly done: Done[] = [];
  /** Nothing more is begun: what waits for its turn then had no time left. */
  over = false;
  #tokens = 0;
  #backups = 0;
  #backup: string | undefined;

  constructor(options: BenchOptions) {
    this.#options = options;
  }

  /** Whether a node is in the hands of a fault: what it does then says nothing about it. */
  holds(node: StageNode): boolean {
    return (this.#under.get(node) ?? 0) > 0;
  }

  async run(fault: Fault): Promise<void> {
    const { watch, say } = this.#options;
    let fromMs = watch.nowMs();
    let failed: string | undefined;
    try {
      await this.#inTurn(this.#keysOf(fault), async () => {
        if (this.over) throw new Error('its turn came after the end');
        fromMs = watch.nowMs();
        await this.#doIt(fault);
      });
    } catch (error) {
      failed = sentence(error);
      say(`${fault.kind} could not be done: ${failed}`);
    }
    this.done.push({ fault, fromMs, toMs: watch.nowMs(), ...(failed === undefined ? {} : { failed }) });
  }

  /** A backup as an operator makes one, while everything goes on; tried again while the ledger is away. */
  async backUp(untilMs: number): Promise<void> {
    const { stage, watch } = this.#options;
    const output = join(stage.options.household.folder, `backup-${++this.#backups}`);
    while (watch.nowMs() < untilMs && !existsSync(output))
      try {
        const nowhere = join(stage.options.household.folder, 'no-node');
        await stage.suho(
          'suho backup',
          'backup',
          '--output',
          output,
          '--data',
          nowhere,
          '--ledger',
          stage.ledger.urlOf('suho_node'),
        );
        this.#backup = output;
      } catch {
        await wait(500);
      }
  }

  #keysOf({ kind, target }: Fault): readonly string[] {
    const { nodes } = this.#options.stage;
    if (kind === 'restore') return ['ledger', ...nodes.map(({ name }) => name)];
    if (ON_A_NODE.has(kind)) return [nodes[target]?.name ?? ''];
    if (kind.startsWith('ledger-restart')) return ['ledger'];
    if (kind === 'bus-restart' || kind === 'bus-wiped') return ['bus'];
    if (kind === 'cache-wiped') return ['cache'];
    return [];
  }

  /** One after another for each key; whoever needs several waits for all of them. */
  async #inTurn(keys: readonly string[], act: () => Promise<void>): Promise<void> {
    const before = Promise.all(keys.map((key) => this.#turns.get(key)));
    const turn = before.then(act);
    const over = turn.catch(() => {});
    for (const key of keys) this.#turns.set(key, over);
    await turn;
  }

  async #doIt(fault: Fault): Promise<void> {
    const { stage } = this.#options;
    const node = stage.nodes[fault.target];
    switch (fault.kind) {
      case 'kill':
        return this.#withNode(node, (one) => this.#restart(one));
      case 'stop':
        return this.#withNode(node, async (one) => {
          await this.#spared(one);
          await one.stop();
          await one.start();
        });
      case 'pause':
        return this.#withNode(node, async (one) => {
          one.pause();
          await wait(fault.forMs);
          one.goOn();
        });
      case 'disk-full':
        return this.#withNode(node, async (one) => {
          one.disk.fill(one.process);
          await wait(fault.forMs);
          one.disk.free(one.process);
        });
      case 'clock':
        return this.#withNode(node, async (one) => {
          await this.#restart(one, fault.offMs);
          await wait(fault.forMs);
          await this.#restart(one);
        });
      case 'ledger-restart':
        return this.#store(
          fault,
          () => stage.ledger.stop(fault.orderly ? 'SIGINT' : 'SIGQUIT'),
          () => stage.ledger.start(),
        );
      case 'bus-restart':
        return this.#store(
          fault,
          () => stage.bus.stop('SIGTERM'),
          () => stage.bus.start(),
        );
      case 'bus-wiped':
        return this.#store(
          fault,
          () => stage.bus.wipe(),
          () => stage.bus.start(),
        );
      case 'cache-wiped':
        return this.#store(
          fault,
          () => stage.cache.kill(),
          () => stage.cache.start(),
        );
      case 'restore':
        return this.#restore();
      default:
        return this.#trouble(this.#linksOf(fault), fault);
    }
  }

  async #withNode(node: StageNode | undefined, act: (node: StageNode) => Promise<void>): Promise<void> {
    if (node === undefined) return;
    this.#under.set(node, (this.#under.get(node) ?? 0) + 1);
    try {
      await act(node);
    } finally {
      this.#under.set(node, (this.#under.get(node) ?? 1) - 1);
    }
  }

  /** On a slow machine the last node that stands is spared until another has started. */
  async #spared(node: StageNode): Promise<void> {
    const { stage, watch } = this.#options;
    const others = stage.nodes.filter((one) => one !== node);
    for (const untilMs = watch.nowMs() + SPARED_MOST_MS; watch.nowMs() < untilMs; await wait(50))
      if (others.length === 0 || others.some(({ ready }) => ready)) return;
  }

  /** `kill -9`, and a start. */
  async #restart(node: StageNode, offMs = 0): Promise<void> {
    await this.#spared(node);
    await this.#kill(node);
    await node.start(offMs);
  }

  async #kill(node: StageNode, all = false): Promise<void> {
    const { stage, swarm, watch } = this.#options;
    const there = stage.credentials.flatMap((_, ea) => (stage.nodeOf(ea) === node.at ? [ea] : []));
    await node.kill();
    watch.died(
      there.map((ea) => ({ ea, sessions: swarm.fleet.terminals[ea]?.sessions ?? 0 })),
      all,
    );
  }

  async #store({ forMs }: Fault, end: () => Promise<void>, start: () => Promise<void>): Promise<void> {
    await end();
    await wait(forMs);
    await start();
  }

  /** By the page of an operator: every node is off, the ledger goes back, the nodes start. */
  async #restore(): Promise<void> {
    const { stage, beforeRestore } = this.#options;
    const { nodes, ledger } = stage;
    if (this.#backup === undefined) throw new Error('no backup could be made before');
    const backup = this.#backup;
    for (const node of nodes) this.#under.set(node, (this.#under.get(node) ?? 0) + 1);
    try {
      for (const node of nodes) await this.#kill(node, true);
      await beforeRestore();
      const words = ['restore', '--input', backup, '--replace', 'replace the ledger', '--ledger', ledger.urlOf('suho_owner')];
      await stage.suho('suho restore', ...words, '--data', join(stage.options.household.folder, 'restore-desk'));
      await Promise.all(nodes.map((node) => node.start()));
    } finally {
      for (const node of nodes) this.#under.set(node, (this.#under.get(node) ?? 1) - 1);
    }
  }

  #linksOf({ kind, target }: Fault): readonly Link[] {
    const { stage } = this.#options;
    const of: Partial<Record<FaultKind, readonly (Link | undefined)[]>> = {
      'ledger-link': [stage.nodes[target]?.links.ledger],
      'bus-link': [stage.nodes[target]?.links.bus],
      'cache-link': [stage.nodes[target]?.links.cache],
      'ea-link': stage.eaLinks.map((links) => links[target]),
      'one-ea': stage.eaLinks[target] ?? [],
    };
    return (of[kind] ?? []).filter((link) => link !== undefined);
  }

  async #trouble(links: readonly Link[], { trouble, toServer, forMs }: Fault): Promise<void> {
    if (trouble === undefined) return;
    if (trouble === 'reset') {
      for (const link of links) link.reset();
      return;
    }
    const token = ++this.#tokens;
    const conditions =
      trouble === 'half-open' ? (toServer ? { toServerStalled: true } : { toClientStalled: true }) : CONDITIONS[trouble];
    for (const link of links) {
      link.suffer(conditions);
      this.#troubled.set(link, token);
    }
    await wait(forMs);
    // Another trouble may have taken its place meanwhile.
    for (const link of links) if (this.#troubled.get(link) === token) link.heal();
  }
}
