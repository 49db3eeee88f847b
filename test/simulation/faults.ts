/** The faults by name: what each does to a world, how long it lasts, and how often it is drawn. */
import { LIMITS } from '../../src/limits.js';
import { hostileCall } from './hostile-calls.js';
import type { ClusterWorld } from './cluster-world.js';
import type { PlannedFault } from './fault-plan.js';
import type { Leg } from './ledger-road.js';
import type { SimulatedEa } from './simulated-ea.js';
import type { SimulatedNode } from './simulated-node.js';

const MINUTE_MS = 60_000;
/** An EA takes some seconds to find that its node does not answer, and to be welcome at the next. */
const MOVES_BEFORE_MS = 10_000;
/** The clock closes what no tick has closed so long after a minute's end; and about as many turns pass until all nodes have it. */
const CLOSES_AFTER_MS = LIMITS.market.closeGraceMs;
const CLOSE_TURNS = 150;
const BUS_SLOW_MS_MOST = 2_000;
const DRAIN_PAUSE_MS = 3_000;

export interface FaultKind {
  readonly says: string;
  /** It does not count among the faults of a world. */
  readonly harmless?: true;
  readonly weight: number;
  /** What operators do: drawn by itself, so that the plans of faults stay as they were. */
  readonly orderly?: true;
  /** Least and most. */
  readonly forMs: readonly [number, number];
  readonly strike: (world: ClusterWorld, planned: PlannedFault) => void;
}

function nodeOf(world: ClusterWorld, { target }: PlannedFault): SimulatedNode {
  return world.nodes[target % world.nodes.length] as SimulatedNode;
}

function eaOf(world: ClusterWorld, { target }: PlannedFault): SimulatedEa {
  return world.eas[target % world.eas.length] as SimulatedEa;
}

const LEGS: readonly Leg[] = ['before', 'written', 'after'];

function onNode(act: (node: SimulatedNode, planned: PlannedFault, world: ClusterWorld) => void): FaultKind['strike'] {
  return (world, planned) => act(nodeOf(world, planned), planned, world);
}

function onEa(act: (ea: SimulatedEa, planned: PlannedFault, world: ClusterWorld) => void): FaultKind['strike'] {
  return (world, planned) => act(eaOf(world, planned), planned, world);
}

/** A state of a node's that lasts, and ends by itself. */
function nodeSpan(begin: (node: SimulatedNode, planned: PlannedFault) => void, end: (node: SimulatedNode) => void) {
  return onNode((node, planned, world) => {
    begin(node, planned);
    world.later(planned.forMs, () => end(node));
  });
}

/** How long until so much before the next minute ends. */
function untilCloseMs({ clock }: ClusterWorld, beforeMs: number): number {
  return MINUTE_MS - ((clock.nowMs() + beforeMs) % MINUTE_MS);
}

/** Minutes off, either way. */
function clockOffset({ share }: PlannedFault): number {
  const minutes = 1 + Math.floor(20 * Math.abs(2 * share - 1));
  return (share < 0.5 ? -1 : 1) * minutes * MINUTE_MS;
}

/** Whose handler meets a message that it cannot bear. */
const POISONED = [
  /\/accounts\/[^/]+$/,
  /\/signal$/,
  /\/tenants\/[^/]+$/,
  /\/tenants$/,
  /\/accounts$/,
  /^\/engine\/symbols\/[^/]+$/,
  /^\/engine\/symbols\/[^/]+\/[^/]+$/,
  /^\/engine\/market\/[^/]+$/,
  /^\/engine\/storage\/[^/]+$/,
] as const;

export const FAULTS = {
  'node-crash': {
    says: 'a node dies as by kill -9 and starts again',
    weight: 3,
    forMs: [500, 60_000],
    strike: onNode((node, { forMs }) => node.crash(forMs)),
  },
  'node-crash-in-commit': {
    says: 'a node dies before, within or after its next commit, whose answer nobody hears',
    weight: 3,
    forMs: [500, 20_000],
    strike: onNode((node, { forMs, share }) => {
      const leg = LEGS[Math.floor(share * LEGS.length)] as Leg;
      node.road.strike(leg, () => node.crash(forMs));
    }),
  },
  'node-crash-mid-work': {
    says: 'a node dies between two turns of its actors',
    weight: 2,
    forMs: [500, 20_000],
    strike: onNode((node, { forMs, share }, world) => world.afterTurns(1 + Math.floor(200 * share), () => node.crash(forMs))),
  },
  'node-crash-at-close': {
    says: 'a node dies between two turns of its actors while candles that have just closed go round',
    weight: 2,
    forMs: [500, 20_000],
    strike: onNode((node, { forMs, share }, world) =>
      world.later(untilCloseMs(world, 0) + CLOSES_AFTER_MS, () =>
        world.afterTurns(1 + Math.floor(CLOSE_TURNS * share), () => node.crash(forMs)),
      ),
    ),
  },
  'node-frozen': {
    says: 'a node stands still as by SIGSTOP and goes on as if nothing had been',
    weight: 2,
    forMs: [1_000, 90_000],
    strike: nodeSpan(
      (node) => node.freeze(),
      (node) => node.thaw(),
    ),
  },
  'ea-crash': {
    says: 'an EA dies with what it had not flushed and starts again on its record',
    weight: 3,
    forMs: [1_000, 60_000],
    strike: onEa((ea, { forMs }) => ea.crash(forMs)),
  },
  'ea-crash-at-fill': {
    says: 'the EA whose broker fills an order next dies in that instant, before it has heard of it',
    weight: 3,
    forMs: [1_000, 150_000],
    strike: (world, { forMs }) => world.moments.atNext('fill', (ea) => ea.crash(forMs)),
  },
  'ea-crash-at-command': {
    says: 'the EA that is sent the next command dies before it comes',
    weight: 2,
    forMs: [5_000, 150_000],
    strike: (world, { forMs }) => world.moments.atNext('command', (ea) => world.later(0, () => ea.crash(forMs))),
  },
  'ea-elsewhere': {
    says: 'an EA ends, and that of another terminal with a record of its own goes on with the account; later the first does again',
    weight: 2,
    forMs: [10_000, 120_000],
    strike: onEa((ea, { forMs }, world) => {
      ea.move();
      world.later(forMs, () => ea.move());
    }),
  },
  'ea-away': {
    says: 'an EA is away for a while, and an operator asks meanwhile to close everything when it comes back',
    weight: 2,
    forMs: [20_000, 100_000],
    strike: onEa((ea, { forMs, share }, world) => {
      ea.crash(forMs);
      world.later(forMs / 2, () => world.operator.closeAll(ea, false, 1_000 + Math.floor(share * forMs)));
    }),
  },
  'wire-cut-at-signal': {
    says: 'the connection over which the next signal leaves breaks soon after, once the EA has it and before its answer is there',
    weight: 3,
    forMs: [10, 2_500],
    strike: (world, { forMs }) => world.moments.atNext('signal', (ea) => world.later(forMs, () => ea.wire?.cut())),
  },
  'node-frozen-at-signal': {
    says: 'the node that sends the next signal stands still from then on',
    weight: 2,
    forMs: [5_000, 90_000],
    strike: (world, { forMs }) =>
      world.moments.atNext('signal', (_ea, node) =>
        world.later(1, () => {
          node?.freeze();
          world.later(forMs, () => node?.thaw());
        }),
      ),
  },
  'ea-moves': {
    says: 'shortly before a candle closes an EA is cut off from its node and goes to another, and the first does not hear of it',
    weight: 3,
    forMs: [30_000, 60_000],
    strike: onEa((ea, { forMs }, world) =>
      world.later(untilCloseMs(world, MOVES_BEFORE_MS), () => {
        const node = ea.wire?.process.node;
        if (node === undefined) return;
        world.part(ea, node, forMs);
        ea.crash(500);
      }),
    ),
  },
  'wire-cut': {
    says: 'a connection breaks for both ends',
    weight: 3,
    forMs: [0, 0],
    strike: onEa((ea) => ea.wire?.cut()),
  },
  'wire-cut-for-one': {
    says: 'a connection breaks, and one end learns of it late',
    weight: 3,
    forMs: [1_000, 30_000],
    strike: onEa((ea, { share, forMs }) => ea.wire?.cutFirst(share < 0.7 ? 'ea' : 'node', forMs)),
  },
  'ledger-partition': {
    says: 'a node is cut off from the ledger, and not from its EAs',
    weight: 3,
    forMs: [2_000, 90_000],
    strike: nodeSpan(
      (node) => {
        node.road.isCut = true;
      },
      (node) => {
        node.road.isCut = false;
      },
    ),
  },
  'bus-partition': {
    says: 'a node is cut off from the bus and the registry, both ways, and not from its EAs and the ledger',
    weight: 3,
    forMs: [500, 60_000],
    strike: nodeSpan(
      (node) => node.cutBus(),
      (node) => node.restoreBus(),
    ),
  },
  'bus-partition-at-close': {
    says: 'the same, from just before a candle closes to after it',
    weight: 2,
    forMs: [500, 8_000],
    strike: onNode((node, { forMs, share }, world) =>
      world.later(untilCloseMs(world, Math.floor(share * forMs)), () => {
        node.cutBus();
        world.later(forMs, () => node.restoreBus());
      }),
    ),
  },
  'bus-wiped': {
    says: 'the server of the bus goes down and comes back without its disk: leases, candles and decisions of before are gone',
    weight: 1,
    forMs: [200, 15_000],
    strike: (world, { forMs }) => {
      for (const node of world.nodes) node.cutBus();
      world.wipeBus();
      world.later(forMs, () => {
        for (const node of world.nodes) node.restoreBus();
      });
    },
  },
  'slow-bus': {
    says: 'what a node tells on the bus and hears there takes up to two seconds, so that subjects overtake each other',
    weight: 2,
    forMs: [5_000, 60_000],
    strike: nodeSpan(
      (node, { share }) => {
        node.busRoad.slowMsMost = 1 + Math.floor(share * BUS_SLOW_MS_MOST);
      },
      (node) => {
        node.busRoad.slowMsMost = 0;
      },
    ),
  },
  'rough-bus': {
    says: 'of what a node tells on the bus without keeping it, a fifth is lost; and it is not heard to have taken what it took, so that after a restart that comes again',
    weight: 2,
    forMs: [5_000, 60_000],
    strike: nodeSpan(
      (node) => {
        node.busRoad.isRough = true;
      },
      (node) => {
        node.busRoad.isRough = false;
      },
    ),
  },
  'ea-partition': {
    says: 'an EA and a node are cut off from each other; what is under way waits',
    weight: 3,
    forMs: [1_000, 60_000],
    strike: onEa((ea, { forMs }, world) => {
      const node = ea.wire?.process.node;
      if (node !== undefined) world.part(ea, node, forMs);
    }),
  },
  'node-partition': {
    says: 'a node is cut off from all EAs, and not from the ledger',
    weight: 2,
    forMs: [1_000, 60_000],
    strike: onNode((node, { forMs }, world) => {
      for (const ea of world.eas) world.part(ea, node, forMs);
    }),
  },
  'slow-wire': {
    says: 'frames of an EA take up to five seconds',
    weight: 2,
    forMs: [5_000, 60_000],
    strike: onEa((ea, { forMs }, world) => world.slow(ea, forMs)),
  },
  'frame-twice': {
    says: 'an EA says its next numbered frame twice',
    weight: 1,
    forMs: [0, 0],
    strike: onEa((ea) => ea.wire?.spoilFrames('twice')),
  },
  'frames-swapped': {
    says: 'an EA says its next two numbered frames in the wrong order',
    weight: 1,
    forMs: [0, 0],
    strike: onEa((ea) => ea.wire?.spoilFrames('swapped')),
  },
  'ledger-full': {
    says: 'the disk of the ledger is full: nothing more is stored, for any node',
    weight: 1,
    forMs: [2_000, 45_000],
    strike: (world, { forMs }) => {
      for (const { road } of world.nodes) road.isFull = true;
      world.later(forMs, () => {
        for (const { road } of world.nodes) road.isFull = false;
      });
    },
  },
  'ea-record-full': {
    says: 'an EA cannot write its record: it ends, again and again, until there is room',
    weight: 1,
    forMs: [2_000, 30_000],
    strike: onEa((ea, { forMs }, world) => {
      ea.recordIsFull = true;
      world.later(forMs, () => {
        ea.recordIsFull = false;
      });
    }),
  },
  'torn-write': {
    says: 'the next transaction of a node is torn between two of its rows',
    weight: 3,
    forMs: [0, 0],
    strike: onNode((node) =>
      node.road.strike('written', () => {
        throw new Error('the write was torn');
      }),
    ),
  },
  'answer-lost': {
    says: 'the next transaction of a node is stored, and its answer is lost',
    weight: 3,
    forMs: [0, 0],
    strike: onNode((node) =>
      node.road.strike('after', () => {
        throw new Error('the answer was lost');
      }),
    ),
  },
  'slow-ledger': {
    says: 'the ledger answers a node within three seconds each way',
    weight: 2,
    forMs: [5_000, 60_000],
    strike: nodeSpan(
      (node) => {
        node.road.slowMsMost = 3_000;
      },
      (node) => {
        node.road.slowMsMost = 0;
      },
    ),
  },
  'clock-jump': {
    says: "a node's clock goes off by minutes, forwards or back, and comes back",
    weight: 2,
    forMs: [10_000, 3 * MINUTE_MS],
    strike: nodeSpan(
      (node, planned) => node.setClock(clockOffset(planned)),
      (node) => node.setClock(0),
    ),
  },
  'hostile-client': {
    says: 'somebody connects and sends what no EA would: noise, too long a frame, frames out of order, keys that are not his',
    weight: 3,
    forMs: [0, 0],
    strike: (world, planned) => hostileCall(world, nodeOf(world, planned), eaOf(world, planned), planned.share),
  },
  'poison-message': {
    says: 'an actor is given a message at which its handler throws',
    weight: 3,
    forMs: [0, 0],
    strike: onNode((node, { share, target }) => {
      node.process?.scheduler.poison(POISONED[target % POISONED.length] as RegExp, share);
    }),
  },
  'node-stops': {
    says: 'no fault: a node is stopped in order, hands on what it has, sends its EAs to others, and starts again',
    harmless: true,
    weight: 3,
    orderly: true,
    forMs: [500, 30_000],
    strike: onNode((node, { forMs }) => void node.stop(forMs)),
  },
  'node-drained': {
    says: 'no fault: an operator empties a node of EAs, and lets them in again',
    harmless: true,
    weight: 2,
    orderly: true,
    forMs: [2_000, 60_000],
    strike: nodeSpan(
      (node) => node.process?.drain.begin({ reason: 'an operator empties it', pauseMs: DRAIN_PAUSE_MS }),
      (node) => node.process?.drain.end(),
    ),
  },
  rebalance: {
    says: 'no fault: an operator lets a node send on what it has more than its share',
    harmless: true,
    weight: 2,
    orderly: true,
    forMs: [0, 0],
    strike: onNode((node) => void node.process?.drain.rebalance()),
  },
  'close-all': {
    says: 'no fault: an operator closes everything of an account, now or once its next signal has left; it may wait for its EA',
    harmless: true,
    weight: 3,
    forMs: [5_000, 90_000],
    strike: onEa((ea, { share, forMs }, world) => world.operator.closeAll(ea, share < 0.5, forMs)),
  },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultName = keyof typeof FAULTS;
