/**
 * `npm run soak`: an hour of the market compressed into some seconds, on a real node under real EAs. Heap after collection, handles,
 * maps, queues and files are looked at all along; whatever grows with what has been fails it.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { sentence } from '../src/errors.js';
import { UsageError } from './load/load-options.js';
import { LoadRun } from './load/load-run.js';
import { nowUs } from './load/machine-time.js';
import { enoughSamples, judgeSizes, type SizeSample, type SizeVerdict } from './load/soak-verdict.js';

const HELP = `Usage: npm run soak -- [options]

An hour of the market in so many seconds; fails when heap, handles, maps or files of the node grow.

  --seconds S     how long it takes (default 120); the market passes 3600 / S times as fast as real time
  --accounts N    EAs (default 40)
  --ticks R       ticks a second (default 500)
  --json          one JSON line on stdout
  --help
`;
const HOUR_S = 3_600;
const SAMPLES = 60;
/** Connections are cut and made anew so often: what a session leaves behind would be seen. */
const RECONNECTS = 12;
const SHOWN_MOST = 18;
const FILL_FAN_OUTS = 20;
const FILL_EVERY_MS = 250;
const FILL_MOST_S = 120;
/** It is full where this many fan-outs add less than this much. */
const FULL_SHARE = 1.01;

interface SoakOptions {
  readonly seconds: number;
  readonly accounts: number;
  readonly ticks: number;
  readonly json: boolean;
}

const interruption = new AbortController();
// Who listened may have gone: that is no reason to leave processes behind.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interruption.abort(new Error('interrupted')));

function read(words: readonly string[]): SoakOptions | 'help' {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { seconds: text, accounts: text, ticks: text, json: flag, help: flag };
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    ({ values } = parseArgs({ args: [...words], options, strict: true }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const number = (name: 'seconds' | 'accounts' | 'ticks', usual: number, least: number, most: number): number => {
    const value = Number(values[name] ?? usual);
    if (!(value >= least && value <= most)) throw new UsageError(`--${name} must be a number from ${least} to ${most}.`);
    return value;
  };
  if (values.help) return 'help';
  return {
    seconds: number('seconds', 120, 30, HOUR_S),
    accounts: Math.floor(number('accounts', 40, 1, 500)),
    ticks: number('ticks', 500, 1, 100_000),
    json: values.json ?? false,
  };
}

/** Until what is kept of the newest for whoever comes back is as full as it gets: it rises until then, and is no leak. */
async function fill(run: LoadRun, onProgress: (what: string) => void): Promise<void> {
  onProgress('filling what keeps the newest…');
  const keptNow = async (): Promise<number> => (await run.sizes())[0]?.suho_stream_kept ?? 0;
  const endUs = nowUs() + FILL_MOST_S * 1e6;
  for (
    let before = -1, kept = await keptNow();
    kept > FULL_SHARE * before && nowUs() < endUs;
    before = kept, kept = await keptNow()
  )
    for (let fanOuts = 0; fanOuts < FILL_FAN_OUTS; fanOuts++) {
      run.fanOut();
      await run.wait(FILL_EVERY_MS);
    }
  await run.settled();
}

/** Samples at even times, with a reconnect of everybody and a fan-out between some of them. */
async function sampled(
  run: LoadRun,
  { seconds, accounts, ticks }: SoakOptions,
  onProgress: (what: string) => void,
): Promise<readonly SizeSample[]> {
  const samples: SizeSample[] = [];
  await run.populate(accounts);
  await run.ticks(ticks);
  await fill(run, onProgress);
  onProgress(`an hour of the market in ${seconds} s…`);
  const fromUs = nowUs();
  const everyUs = (seconds * 1e6) / SAMPLES;
  for (let at = 0; at < SAMPLES; at++) {
    const waitMs = (fromUs + at * everyUs - nowUs()) / 1_000;
    if (waitMs > 0) await run.wait(waitMs);
    if (at % Math.floor(SAMPLES / RECONNECTS) === 0) await run.reconnect();
    run.fanOut();
    const [sizes = {}] = await run.sizes();
    samples.push({ ...sizes, atSeconds: (nowUs() - fromUs) / 1e6 });
  }
  return samples;
}

function row({ name, mean, rise, riseLow, riseHigh, least, perMillionMessages, grows }: SizeVerdict): string {
  const shown = [mean, rise, riseLow, riseHigh, least, perMillionMessages].map((value) => value.toFixed(2).padStart(10));
  return `${name.padEnd(34)} ${shown.join(' ')}  ${grows ? 'GROWS' : 'flat'}`;
}

function told(verdicts: readonly SizeVerdict[]): readonly SizeVerdict[] {
  const first = ({ name, grows }: SizeVerdict): boolean => grows || name.endsWith(' MB') || name === 'actors';
  const rest = verdicts.filter((one) => !first(one)).sort((a, b) => b.rise / b.least - a.rise / a.least);
  return [...verdicts.filter(first), ...rest].slice(0, SHOWN_MOST);
}

async function main(): Promise<number> {
  const options = read(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const progress = (what: string): void => void process.stderr.write(`soak: ${what}\n`);
  const setting = {
    ...options,
    nodes: 1,
    tenants: 2,
    symbols: 3,
    pollMs: 5,
    tls: false,
    arrivals: 2_000,
    cluster: undefined,
  } as const;
  const [loadBefore] = loadavg();
  const run = await LoadRun.start(
    { ...setting, speed: HOUR_S / options.seconds, ledger: 'embedded', analytics: 'off' },
    { signal: interruption.signal, onProgress: progress, http: true },
  );
  try {
    const samples = await sampled(run, options, progress);
    await run.rest(options.accounts);
    const [atRest = {}] = await run.sizes();
    const evidence = await run.finish();
    if (!enoughSamples(samples)) throw new Error('too few samples were taken');
    const verdicts = judgeSizes(samples, atRest);
    const growing = verdicts.filter(({ grows }) => grows).map(({ name }) => name);
    const { delivered, lost, duplicated, mixed } = evidence;
    const ok = growing.length === 0 && lost + duplicated + mixed + run.crashes === 0;
    const messages = samples.at(-1)?.messages ?? 0;
    const [loadAfter] = loadavg();
    const machine = { loadBefore, loadAfter };
    const summary = { ok, seconds: options.seconds, messages, delivered, lost, duplicated, mixed, growing, machine };
    if (options.json) process.stdout.write(`${JSON.stringify({ ...summary, sizes: verdicts })}\n`);
    else
      process.stdout.write(
        `${[
          `${options.accounts} EAs, ${options.ticks} ticks/s, ${messages} messages of actors, ${delivered} signals; load average ${loadBefore} before, ${loadAfter} after`,
          `${'second half'.padEnd(34)}       mean       rise       low       high      least  per million`,
          ...told(verdicts).map(row),
          ok
            ? `${verdicts.length} sizes are flat; nothing was lost`
            : `grows: ${growing.join(', ') || 'none'}; lost ${lost}, doubled ${duplicated}, mixed ${mixed}`,
        ].join('\n')}\n`,
      );
    return ok ? 0 : 1;
  } finally {
    await run.close();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`soak: ${interruption.signal.aborted ? 'interrupted' : sentence(error)}\n`);
    process.exitCode = interruption.signal.aborted ? 130 : error instanceof UsageError ? 2 : 1;
  },
);
