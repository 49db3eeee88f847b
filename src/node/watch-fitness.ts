/** Whether a node may be given anything: its ledger answers, and their clocks agree. */
import { sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import type { NodeCluster } from './cluster.js';

export interface FitnessOptions {
  readonly ledger: Pick<Ledger, 'clockMs'>;
  readonly log: Logger;
}

/** Between when it was asked and when it answered: by how much the machine's clock is certainly off the ledger's. */
async function clockOffMs(ledger: FitnessOptions['ledger'], machine: Clock): Promise<number> {
  const askedMs = machine.nowMs();
  const ledgerMs = await ledger.clockMs();
  return Math.max(askedMs - ledgerMs, ledgerMs - machine.nowMs());
}

/** Keeps an eye on it until it is closed. */
export function watchFitness(among: NodeCluster, { ledger, log }: FitnessOptions): () => Promise<void> {
  const { node, machine, wall, fitness, roles } = among;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const { apartMs } = wall;
    const askedMs = roles.nowMs;
    const why = await clockOffMs(ledger, machine).then(
      (offMs) => (offMs > LIMITS.cluster.clockMs ? `its clock is off the ledger’s by ${Math.round(offMs)} ms` : null),
      (error: unknown) => `its ledger does not answer: ${sentence(error)}`,
    );
    if (why === null) wall.agreed(apartMs);
    if (why !== fitness.why) log.info({ node, why }, why === null ? 'this node is fit' : 'this node is unfit');
    fitness.found(why, askedMs);
  };
  const turn = (): void => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  };
  turn();
  const cancel = machine.every(LIMITS.cluster.fitnessMs, turn);
  return async () => {
    cancel();
    await looking;
  };
}
