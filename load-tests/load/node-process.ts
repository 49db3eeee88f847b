/** A node of a load as a process of its own: started by `fork` with the path of its plan, told the rest by messages. */
import { readFileSync } from 'node:fs';
import { sentence } from '../../src/errors.js';
import { collectSooner } from '../../src/runtime/heap-growth.js';
import { LoadNode } from './load-node.js';
import { nowUs } from './machine-time.js';
import { sizesOf } from './node-sizes.js';
import type { NodeOrder, NodePlan, NodeReport } from './orders.js';
import { ProcessFigures } from './process-figures.js';

const SAMPLE_MS = 500;
/** A timer fires up to a millisecond late, and that is the load's own; so it is set a little early, and the rest is waited for. */
const EARLY_US = 2_000;

const plan = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as NodePlan;
const report = (told: NodeReport): void => void process.send?.(told);

function at(dueUs: number, call: () => void): void {
  const leftUs = dueUs - nowUs();
  if (leftUs > EARLY_US) setTimeout(() => at(dueUs, call), (leftUs - EARLY_US) / 1_000);
  else if (leftUs > 0) setImmediate(() => at(dueUs, call));
  else call();
}

async function conflated(load: LoadNode): Promise<number> {
  const feed = await load.node.root.system.look({ path: '/engine/market/feed', depth: 0 });
  return Number(feed?.figures?.conflated ?? 0);
}

async function run(): Promise<void> {
  // As `suho start` does.
  collectSooner();
  const load = await LoadNode.start(plan);
  const { node, ticks } = load;
  const figures = new ProcessFigures();
  const sampling = setInterval(() => {
    const { sessions, sent } = node.figures.counts;
    const { schedule } = ticks;
    const counted = { ticksDue: schedule.dueBy(nowUs()), ticksTaken: schedule.taken, pendingCommits: node.commits.pending };
    report({ kind: 'sample', sample: { ...figures.sample(), sessions, sent, ...counted } });
  }, SAMPLE_MS);

  const end = async (): Promise<void> => {
    clearInterval(sampling);
    figures.close();
    const told = { conflated: await conflated(load), crashes: node.figures.counts.crashes };
    await load.close();
    report({ kind: 'ended', ...told });
    process.disconnect();
  };
  process.on('message', (order: NodeOrder) => {
    if (order.kind === 'segment') load.begin(order.segment);
    else if (order.kind === 'fan-out') at(order.dueUs, () => load.fanOut(order.dueUs));
    else if (order.kind === 'decide') load.decide(order.everyMs);
    else if (order.kind === 'rebalance') node.gateway.drain.rebalance();
    else if (order.kind === 'sizes') void sizesOf(node, plan.folder).then((sizes) => report({ kind: 'sizes', sizes }), failed);
    else void end().catch(failed);
  });
  report({ kind: 'ready', issued: load.issued });
}

function failed(error: unknown): void {
  report({ kind: 'failed', sentence: sentence(error) });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}

// Ctrl-C reaches every process of the terminal's group: the load ends its own in order.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
run().catch(failed);
