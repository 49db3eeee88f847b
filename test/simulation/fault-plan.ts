/**
 * What goes wrong in a world, drawn from its seed before it begins: a list of instants, each with its fault, whom it meets and
 * how. Nothing of it depends on what happens meanwhile, so any part of the list can be left out and the rest stays as it was:
 * that is how a failing world's list is made smaller.
 */
import { type Random, seededRandom } from '../../src/runtime/random.js';
import { FAULTS, type FaultKind, type FaultName } from './faults.js';
import { drawWish } from './world-wish.js';

export interface PlannedFault {
  /** After the beginning of the world. */
  readonly atMs: number;
  readonly fault: FaultName;
  /** Whom it meets: a node or an EA, counted round and round. */
  readonly target: number;
  /** For what else of it has a choice. */
  readonly share: number;
  readonly forMs: number;
}

/** EAs have connected and told what they hold by then. */
const FIRST_MS = 20_000;
const LEAST = 12;
const MORE = 14;
const ORDERLY_LEAST = 1;
const ORDERLY_MORE = 4;

export function drawPlan(seed: number): readonly PlannedFault[] {
  const random = seededRandom(seed);
  const faults = random.fork('plan');
  const orderly = random.fork('orderly');
  return [
    ...drawn(seed, faults, false, LEAST + faults.int(MORE)),
    ...drawn(seed, orderly, true, ORDERLY_LEAST + orderly.int(ORDERLY_MORE)),
  ];
}

const KINDS: Readonly<Record<string, FaultKind>> = FAULTS;

/** In the order of their instants. */
function drawn(seed: number, random: Random, orderly: boolean, count: number): readonly PlannedFault[] {
  const { runMs } = drawWish(seed);
  const names = Object.keys(FAULTS).filter((name) => (KINDS[name]?.orderly === true) === orderly) as FaultName[];
  const weighed = names.flatMap((name) => Array.from({ length: FAULTS[name].weight }, () => name));
  const plan = Array.from({ length: count }, (): PlannedFault => {
    const fault = weighed[random.int(weighed.length)] as FaultName;
    const [least, most] = FAULTS[fault].forMs;
    return {
      atMs: FIRST_MS + random.int(runMs - 2 * FIRST_MS),
      fault,
      target: random.int(60),
      share: random.next(),
      forMs: least + random.int(most - least + 1),
    };
  });
  return plan.sort((a, b) => a.atMs - b.atMs);
}

/** Those of these places; all where none are named. */
export function kept(plan: readonly PlannedFault[], places?: readonly number[]): readonly PlannedFault[] {
  return places === undefined ? plan : plan.filter((_, at) => places.includes(at));
}

export function faultText({ atMs, fault, target, forMs, share }: PlannedFault): string {
  const span = forMs > 0 ? ` for ${(forMs / 1_000).toFixed(1)} s` : '';
  return `${(atMs / 1_000).toFixed(1)} s ${fault} (target ${target}, share ${share.toFixed(2)})${span}`;
}
