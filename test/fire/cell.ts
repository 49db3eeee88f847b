/** One cell of the table: a scenario, a fault at a step of it, then calm, and what the checkers find. */
import { type DeliveryEvidence, violationsOf } from '../simulation/delivery-checkers.js';
import { isUndecided } from '../../src/signals/signal.js';
import { FAULTS } from './faults.js';
import { FireWorld, MINUTE_MS } from './fire-world.js';
import { SCENARIOS } from './scenarios.js';
import type { When } from './steps.js';

export interface Cell {
  readonly scenario: string;
  readonly step: string;
  readonly when: When;
  readonly fault: string;
}

const CALM_MOST_MS = 12 * MINUTE_MS;

export async function evidenceOf(world: FireWorld): Promise<DeliveryEvidence> {
  const seen = world.inspect()?.figures ?? {};
  return {
    books: await world.books(),
    magicBase: world.magicBase,
    raised: [...world.raised.values()],
    deals: world.broker.book.deals,
    positions: [...world.broker.book.positions.values()],
    acked: world.eas.flatMap(({ acked }) => acked),
    restores: world.restores,
    strangers: world.strangers,
    audit: (await world.audit()).report,
    counted: { signals: seen.signals, positions: seen.positions },
  };
}

/** Nothing is under way any more: no signal is undecided, and no EA that still runs has anything to tell. */
async function isQuiet(world: FireWorld): Promise<boolean> {
  const { signals, commands } = await world.books();
  if (signals.some(({ state }) => isUndecided(state))) return false;
  if (commands.some(({ state }) => state === 'PENDING' || state === 'SENT')) return false;
  const running = world.eas.filter(({ stopped }) => !stopped);
  if (running.some(({ ea, state }) => ea?.live !== true || state.kept.size > 0 || ea.openSignals > 0)) return false;
  const { session, positions } = world.inspect()?.figures ?? {};
  if (session === undefined || positions === null) return false;
  return world.historyTold();
}

/** Keys may have been lost between operator, ledger and EAs: who does not come in is given a new one. */
async function letIn(world: FireWorld): Promise<void> {
  const isIn = (): boolean => world.eas.every(({ stopped, ea }) => stopped || ea?.live === true);
  if (!world.operator.changedKeys || (await world.until(isIn, 2 * MINUTE_MS))) return;
  world.operator.rotate(true);
  await world.run(5_000);
  world.operator.giveKey();
}

/** Nothing goes wrong any more; of two terminals one is switched off. */
export async function calm(world: FireWorld): Promise<void> {
  world.nextCommit = undefined;
  world.steps.disarm();
  for (const ea of world.eas) ea.awayUntilMs = 0;
  await world.run(10_000);
  if (world.eas.length > 1) {
    await world.run(100_000);
    world.eas[world.raised.size % 2]?.stop();
  }
  await letIn(world);
  await world.until(() => isQuiet(world), CALM_MOST_MS, 10_000);
  await world.run(20_000);
}

/** What the checkers find; `reached` is false where the scenario never came to the step. */
export async function burn({
  scenario,
  step,
  when,
  fault,
}: Cell): Promise<{ readonly reached: boolean; readonly found: readonly string[] }> {
  const world = await FireWorld.begin({ seed: scenario });
  const ea = world.addEa('desktop');
  world.steps.lay(step, when, () => FAULTS[fault]?.(world, ea, step));
  await SCENARIOS[scenario]?.play(world);
  await calm(world);
  const found = violationsOf(await evidenceOf(world));
  world.close();
  return { reached: world.steps.fired, found };
}
