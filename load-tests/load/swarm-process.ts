/** A swarm of EAs as a process of its own: started by `fork` with the path of its plan, told the rest by messages. */
import { readFileSync, writeFileSync } from 'node:fs';
import { nowUs } from './machine-time.js';
import type { SwarmOrder, SwarmPlan, SwarmReport } from './orders.js';
import { ProcessFigures } from './process-figures.js';
import { SwarmEa } from './swarm-ea.js';
import { SwarmWorld } from './swarm-world.js';

const SAMPLE_MS = 500;

const plan = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as SwarmPlan;
const report = (told: SwarmReport): void => void process.send?.(told);
const world = new SwarmWorld(plan);
const eas = plan.eas.map((credential, at) => new SwarmEa(plan.at + at, credential, world, standing));

/** Waited for: how many are to stand. */
let awaited: number | undefined;

function standing(): void {
  if (awaited === undefined || world.connected !== awaited) return;
  awaited = undefined;
  report({ kind: 'standing', connected: world.connected, lastUs: nowUs() });
}

/** Each at its own moment of an even row, whatever became of those before. */
function connectEvenly(coming: readonly SwarmEa[], withinMs: number): void {
  const fromUs = nowUs();
  const dueUs = (at: number): number => fromUs + (withinMs * 1_000 * at) / Math.max(1, coming.length);
  let next = 0;
  const turn = (): void => {
    for (; next < coming.length && dueUs(next) <= nowUs(); next++) coming[next]?.connect(dueUs(next));
    if (next < coming.length) setTimeout(turn, 1);
  };
  turn();
}

function populate(count: number, withinMs: number): void {
  awaited = count;
  for (const ea of eas.slice(count)) if (ea.wanted) ea.cut();
  connectEvenly(
    eas.slice(0, count).filter(({ wanted }) => !wanted),
    withinMs,
  );
  standing();
}

function cutAll(withinMs: number): void {
  const cut = eas.filter(({ wanted }) => wanted);
  awaited = cut.length;
  for (const ea of cut) ea.cut();
  connectEvenly(cut, withinMs);
}

function slow(share: number): void {
  if (share === 0) for (const ea of eas) ea.readAgain();
  else for (const ea of eas.filter(({ connected }) => connected).slice(0, Math.ceil(share * eas.length))) ea.stopReading();
}

function collect(): void {
  for (const ea of eas) ea.tellSilence();
  report({ kind: 'collected', latencies: world.takeLatencies().pack(), counts: world.counts });
}

/** What each EA was told, a line each: held against the ledger when all is over. */
function writeRecords(): void {
  const lines = [...world.told].map(([id, { ea, times }]) => {
    const { account, tenant } = eas[ea - plan.at]?.credential ?? { account: '', tenant: '' };
    return JSON.stringify({ id, account, tenant, times });
  });
  writeFileSync(plan.records, lines.join('\n'));
}

const figures = new ProcessFigures();
setInterval(() => {
  const { connected, framesIn, framesOut, signals } = world;
  const waiting = eas.filter(({ waits }) => waits).length;
  report({ kind: 'sample', sample: { ...figures.sample(), connected, waiting, framesIn, framesOut, signals } });
}, SAMPLE_MS);

process.on('message', (order: SwarmOrder) => {
  if (order.kind === 'segment') world.schedule.begin(order.segment);
  else if (order.kind === 'phase') world.phase(order.name, order.fromUs);
  else if (order.kind === 'population') populate(order.count, order.withinMs);
  else if (order.kind === 'cut') cutAll(order.withinMs);
  else if (order.kind === 'slow') slow(order.share);
  else if (order.kind === 'death') for (const ea of eas) ea.death(order.port, order.atUs);
  else if (order.kind === 'collect') collect();
  else {
    for (const ea of eas) ea.cut();
    writeRecords();
    report({ kind: 'ended' });
    process.disconnect();
  }
});
// Ctrl-C reaches every process of the terminal's group: the load ends its own in order.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());
report({ kind: 'ready' });
