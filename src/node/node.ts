/** A node from outside: what it is made of, and what is held of it. */
import type { Scheduler } from '../actors/actor.js';
import type { TickSource } from '../actors/feed.js';
import type { HttpServer } from '../admin/http.js';
import type { AdminLink } from './access.js';
import type { Readiness } from '../admin/routes/health.js';
import type { NodeFigures } from '../admin/node-figures.js';
import type { Roles } from '../cluster/roles.js';
import type { Config } from '../config.js';
import type { Gateway } from '../gateway/gateway.js';
import type { QuoteBoard } from '../market/quote-board.js';
import type { Activity } from '../runtime/activity.js';
import type { Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';
import type { Logger, LogLines } from '../runtime/logger.js';
import type { Random } from '../runtime/random.js';
import type { WireActivity } from '../runtime/wire-activity.js';
import type { GroupCommit } from '../storage/ledger/group-commit.js';
import type { Keepers } from '../storage/keepers.js';
import type { NodeStores } from '../storage/stores.js';
import type { RootObserver } from '../supervisors/observers.js';
import type { Root } from '../supervisors/root.js';

export interface NodeOptions {
  readonly config: Config;
  /** What the caller has opened, and closes after the node: the folder is locked before any of it. */
  readonly stores: NodeStores;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Logger;
  /** What `log` says, to be kept in analytics: not where time is simulated, since lines have the machine's. */
  readonly lines?: LogLines;
  readonly activity?: Activity;
  readonly wire?: WireActivity;
  readonly scheduler?: Scheduler;
  /** Engine milliseconds between heartbeats of EA sessions. */
  readonly heartbeatMs?: number;
  /** Names this process among all that run jobs. Without it the node runs none, as where time is simulated: nothing waits for them there. */
  readonly holder?: string;
  /**
   * By which clock a model's answer is late, where it is not the engine's: an answer is waited for in real time, however fast the
   * engine's passes. With more than one thread answers come in whatever order.
   */
  readonly inference?: { readonly deadlines?: Clock; readonly threads?: number };
  readonly feed?: { readonly source: TickSource; readonly periodMs: number };
  /** Told of what happens, after the node's own. */
  readonly observers?: readonly Partial<RootObserver>[];
}

export interface Node {
  readonly root: Root;
  readonly gateway: Gateway;
  readonly http: HttpServer | undefined;
  /** A link that lets whoever opens it in as the owner, once. */
  adminLink(): AdminLink;
  readonly figures: NodeFigures;
  readonly board: QuoteBoard;
  readonly commits: GroupCommit;
  readonly keepers: Keepers;
  /** What it acts for now. */
  readonly roles: Roles;
  readiness(): Promise<Readiness>;
  close(): Promise<void>;
}

export type Closing = (() => Promise<void> | void)[];

/** In the opposite order; each once. */
export async function closeAll(closing: Closing): Promise<void> {
  for (const step of closing.splice(0).reverse()) await step();
}
