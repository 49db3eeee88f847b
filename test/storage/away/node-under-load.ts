/**
 * A whole node at sixty times the speed of the market, with its simulated EAs, on servers; and what it was told, written down beside it, so that
 * what each store holds in the end can be held against it.
 */
import assert from 'node:assert/strict';
import { setTimeout as pass } from 'node:timers/promises';
import type { AccountTerms } from '../../../src/accounts/assessment.js';
import { resolveConfig } from '../../../src/config.js';
import { type Demo, startDemo } from '../../../src/demo/demo.js';
import { readBooks, witness } from '../../../src/demo/simulated-day.js';
import type { Candle } from '../../../src/market/candle.js';
import type { Frame2 } from '../../../src/protocol/messages.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import type { RootObserver } from '../../../src/supervisors/observers.js';
import { emptyFolder, ledgerFolder, type TestFolder } from '../../support/ledger-folder.js';
import { type StoreServers, startServers } from '../../support/store-servers.js';

const SPEED = 60;
const EAS = 24;
const SETTLE_MS = 60_000;
const LOOK_MS = 25;

/** Looks now and then, and leaves the cores to the node and its servers meanwhile. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string, withinMs: number): Promise<void> {
  const end = systemClock.nowMs() + withinMs;
  while (!(await condition())) {
    if (systemClock.nowMs() > end) assert.fail(`waited ${withinMs} ms in vain: ${what}`);
    await pass(LOOK_MS);
  }
}

/** Money as an EA told it, when it was heard. */
export interface ToldMoney {
  readonly accountId: string;
  readonly atMs: number;
  readonly balance: number;
}

export interface Told {
  /** In the order of their closing. */
  readonly candles: readonly Candle[];
  readonly correlations: number;
  readonly money: readonly ToldMoney[];
  readonly frames: number;
}

export interface NodeUnderLoad extends AsyncDisposable {
  readonly demo: Demo;
  readonly servers: StoreServers;
  readonly told: Told;
  /** Resolves while what comes of a closed candle is on its way. */
  nextCandle(): Promise<void>;
  /** Whether each part of the node answers. */
  isWell(): boolean;
  /** No more ticks come; resolves when what was decided by then has come to its end, and every writer is done. */
  end(): Promise<void>;
}

/** An observer of the node. */
class Witness {
  readonly candles: Candle[] = [];
  readonly money: ToldMoney[] = [];
  correlations = 0;
  frames = 0;
  #awaited: (() => void)[] = [];

  nextCandle(): Promise<void> {
    return new Promise((resolve) => this.#awaited.push(resolve));
  }

  candle(candle: Candle): void {
    this.candles.push(candle);
    for (const resolve of this.#awaited.splice(0)) resolve();
  }

  correlated(): void {
    this.correlations += 1;
  }

  heard({ account }: AccountTerms, message: Frame2['message'], atMs: number): void {
    this.frames += 1;
    if (message.kind === 'FINANCE') this.money.push({ accountId: account.id, atMs, balance: message.balance });
  }
}

export interface LoadWish {
  readonly eas?: number;
  readonly speed?: number;
  readonly observers?: readonly Partial<RootObserver>[];
}

export async function startUnderLoad({ eas = EAS, speed = SPEED, observers = [] }: LoadWish = {}): Promise<NodeUnderLoad> {
  const servers = await startServers();
  const folder: TestFolder = servers.settings.ledger === undefined ? await ledgerFolder() : await emptyFolder();
  const flags = { data: folder.path, speed, eaPort: 0, wsPort: 0, httpPort: 'off', demoEas: eas, ...servers.settings };
  const { config } = resolveConfig({ flags, environment: {} });
  const told = new Witness();
  const demo = await startDemo({
    config,
    log: silentLogger,
    stepped: false,
    onProgress: () => {},
    observers: [told, ...observers],
  });
  return {
    demo,
    servers,
    told,
    nextCandle: () => told.nextCandle(),
    isWell: () => isWell(demo),
    end: async () => {
      demo.market.poll = () => {};
      await eventually(() => isWell(demo), 'each store is well', SETTLE_MS);
      await eventually(async () => (await unsettled(demo, told)) === 0, 'what left has come to its EA, and back', SETTLE_MS);
      demo.fleet.stop();
      await demo.node.close();
    },
    [Symbol.asyncDispose]: async () => {
      await demo.close();
      await servers[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Signals and commits without an end, and what brokers have done that their EAs have not told yet. */
async function unsettled({ ledger, fleet, node }: Demo, { money }: Told): Promise<number> {
  const { signals, deals } = await readBooks(ledger);
  const unanswered = signals.filter(({ state }) => state === 'SENT' || state === 'PENDING').length;
  const stored = new Set(deals.map(({ accountId, deal }) => `${accountId} ${deal}`));
  const untold = fleet.terminals.flatMap(({ accountId, broker }) => {
    const missing = broker.book.deals.filter(({ kind, ticket }) => kind !== 'BALANCE' && !stored.has(`${accountId} ${ticket}`));
    const newest = money.findLast((each) => each.accountId === accountId);
    return newest?.balance === broker.account().balance ? missing : [...missing, accountId];
  });
  return unanswered + untold.length + node.commits.pending + witness(signals, fleet.signals()).lost;
}

function isWell({ node }: Demo): boolean {
  return node.root.health.ok && Object.values(node.keepers.health()).every(({ ok }) => ok);
}
