/** Phases of a cluster under its EAs: every node ends in order and starts again, one after another; or one is killed, again and again. */
import { setTimeout as wait } from 'node:timers/promises';
import type { LoadOptions } from './load-options.js';
import type { LoadRun } from './load-run.js';
import { nowUs } from './machine-time.js';

/** A decision for each account so often, so that all of them together are no more than the machine has room for. */
const DECIDE_LEAST_MS = 1_000;
const DECIDE_MS_AN_ACCOUNT = 5;
/** For EAs to come back, and to be given a signal: past it the round is over as it is. */
const WHOLE_MOST_MS = 60_000;
const LOOK_MS = 100;
/** Of all sessions: nodes that are no further apart are even. */
const UNEVEN = 0.02;
/** A node that has come is handed its share, is heard of by the others, and its EAs have come to rest. */
const REST_MS = 5_000;

type Figures = Record<string, number>;

function decideMs({ accounts }: LoadOptions): number {
  return Math.max(DECIDE_LEAST_MS, accounts * DECIDE_MS_AN_ACCOUNT);
}

/** All EAs are connected, and have had a signal since a node died, or the time is over. */
async function untilWhole(run: LoadRun): Promise<void> {
  const endUs = nowUs() + WHOLE_MOST_MS * 1_000;
  // What the swarms last told may be older than the question.
  await run.wait(1_000);
  while (!run.whole && nowUs() < endUs) await wait(LOOK_MS, undefined, { signal: run.options.signal });
}

/** Sessions are spread over the nodes, but for as many as come and go meanwhile; or the time is over. */
async function untilEven(run: LoadRun, { accounts }: LoadOptions): Promise<void> {
  const endUs = nowUs() + WHOLE_MOST_MS * 1_000;
  const apart = (): number => Math.max(...run.sessions) - Math.min(...run.sessions);
  await run.wait(REST_MS);
  while (apart() > accounts * UNEVEN && nowUs() < endUs) await wait(LOOK_MS, undefined, { signal: run.options.signal });
}

async function deciding(run: LoadRun, options: LoadOptions, work: () => Promise<void>): Promise<void> {
  run.decide(decideMs(options));
  await run.wait(Math.max(REST_MS, decideMs(options)));
  try {
    await work();
  } finally {
    run.decide(0);
  }
}

/** Each node ends as SIGTERM ends it, and its EAs go to the others. */
export async function rolling(run: LoadRun, options: LoadOptions): Promise<Figures> {
  const figures: Figures = { decideMs: decideMs(options), endMsMax: 0, startMsMax: 0 };
  await deciding(run, options, () =>
    run.phase('rolling', async () => {
      for (let at = 0; at < options.nodes; at++) {
        const { endMs, startMs } = await run.restart(at);
        await untilWhole(run);
        figures.endMsMax = Math.max(figures.endMsMax ?? 0, Math.round(endMs));
        figures.startMsMax = Math.max(figures.startMsMax ?? 0, Math.round(startMs));
        run.options.onProgress(`node ${at + 1} ended in ${Math.round(endMs)} ms and started in ${Math.round(startMs)} ms`);
        await run.wait(REST_MS);
        run.options.onProgress(`sessions by node: ${run.sessions.join(', ')}`);
      }
      run.rebalance();
      await untilEven(run, options);
      await untilWhole(run);
    }),
  );
  run.options.onProgress(`sessions by node once each has given away what was too much: ${run.sessions.join(', ')}`);
  return { ...figures, sessionsMost: Math.max(...run.sessions), sessionsLeast: Math.min(...run.sessions) };
}

/** One node after another dies without a word, and comes back once all EAs have had a signal. */
export async function failover(run: LoadRun, options: LoadOptions): Promise<Figures> {
  await deciding(run, options, () =>
    run.phase('failover', async () => {
      for (let round = 0; round < options.rounds; round++) {
        const at = round % options.nodes;
        await run.killNode(at);
        await untilWhole(run);
        run.options.onProgress(`node ${at + 1} was killed; the others have ${run.sessions.join(', ')} sessions`);
        await run.startAgain(at);
        await run.wait(REST_MS);
        run.rebalance();
        await run.wait(REST_MS);
        await untilWhole(run);
      }
    }),
  );
  return { decideMs: decideMs(options), kills: options.rounds };
}
