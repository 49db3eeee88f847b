/** One seed is one history: decisions, prices, a hostile broker, and faults at random instants and on random steps. */
import { BEHAVIOURS } from '../../src/ea-sim/behaviour.js';
import { seededRandom } from '../../src/runtime/random.js';
import { type DeliveryEvidence, violationsOf } from '../simulation/delivery-checkers.js';
import { calm, evidenceOf } from './cell.js';
import { FAULTS } from './faults.js';
import { FireWorld, MINUTE_MS } from './fire-world.js';
import { SCENARIOS } from './scenarios.js';

/** No operator has a hand in these histories. */
const { commanded: _commands, rekeyed: _keys, ...OF_SIGNALS } = SCENARIOS;
const STEPS = [...new Set(Object.values(OF_SIGNALS).flatMap(({ steps }) => steps))];
const WHENS = ['before', 'after'] as const;

export interface History {
  readonly evidence: DeliveryEvidence;
  readonly found: readonly string[];
  readonly faults: readonly string[];
}

export async function historyOf(seed: number, minutes = 6): Promise<History> {
  const chance = seededRandom(seed).fork('fire');
  const behaviour = BEHAVIOURS[(['clean', 'demo', 'hostile', 'hostile'] as const)[chance.int(4)] ?? 'hostile'];
  const world = await FireWorld.begin({ seed, behaviour, delayMsMost: [5, 50, 400][chance.int(3)] ?? 50 });
  world.addEa('desktop');
  const faults: string[] = [];
  const names = Object.keys(FAULTS);
  const strike = (): void => {
    const ea = world.eas[chance.int(world.eas.length)];
    const name = names[chance.int(names.length)] ?? 'cut';
    const step = chance.chance(0.7) ? STEPS[chance.int(STEPS.length)] : undefined;
    if (ea === undefined) return;
    const spring = (at: string): void => {
      faults.push(`${name}@${at}`);
      FAULTS[name]?.(world, ea, at);
    };
    if (step === undefined) spring('');
    else world.steps.lay(step, WHENS[chance.int(2)] ?? 'before', () => spring(step));
  };
  const endMs = world.clock.nowMs() + minutes * MINUTE_MS;
  while (world.clock.nowMs() < endMs) {
    await world.run(5_000 + chance.int(25_000));
    if (chance.chance(0.5)) world.decide(chance.chance(0.5) ? 'BUY' : 'SELL');
    if (chance.chance(0.6)) strike();
    if (chance.chance(0.15)) await world.swing(chance.chance(0.5) ? 0.02 : -0.02);
    if (chance.chance(0.1)) world.save();
  }
  Object.assign(world.behaviour, BEHAVIOURS.clean);
  await calm(world);
  const evidence = await evidenceOf(world);
  world.close();
  return { evidence, found: violationsOf(evidence), faults };
}
