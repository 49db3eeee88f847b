/**
 * What do traces cost when they are on?
 *
 * Load: the demo's whole node in this process, sixty times as fast as real, so that thirty symbols close a minute in the same
 * instant once a second; every close is traced and sent to a collector in a process of its own. Spans of time with traces and
 * without take turns in the same run, in pairs whose order alternates: processor time of this process, and tick to socket.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { resolveConfig } from '../src/config.js';
import { startDemo } from '../src/demo/demo.js';
import { systemClock } from '../src/runtime/clock.js';
import { silentLogger } from '../src/runtime/logger.js';
import type { RootObserver } from '../src/supervisors/observers.js';
import { openTraces } from '../src/traces/open-traces.js';
import { percentile } from './support/compare.js';

const PAIRS = Number(process.argv[2] ?? 20);
const SPAN_MS = 2_000;
const HEARD = ['candle', 'vector', 'predicted', 'decision', 'refused', 'raising', 'stored', 'sent', 'heard'] as const;

if (process.argv[2] === 'collector') collect();
else await measure();

function collect(): void {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

interface Window {
  readonly cpuMs: number;
  readonly socketMs: readonly number[];
}

async function measure(): Promise<void> {
  const collector = fork(fileURLToPath(import.meta.url), ['collector']);
  const port = await new Promise<number>((done) => collector.once('message', (message) => done(Number(message))));
  const url = `http://127.0.0.1:${port}/v1/traces`;
  const observer = openTraces({ url, share: 1, salt: 'bench', version: '0', instance: 'bench', clock: systemClock });
  let on = false;
  let times: number[] = [];
  // Off, the engine calls an observer that only looks at the switch: what the switch costs falls on both.
  const switched = Object.fromEntries(
    HEARD.map((event) => [
      event,
      (...told: unknown[]) => {
        if (event === 'sent' && typeof told[1] === 'bigint') times.push(Number(process.hrtime.bigint() - told[1]) / 1e6);
        if (on) (observer[event] as (...told: unknown[]) => void).apply(observer, told);
      },
    ]),
  ) as unknown as Partial<RootObserver>;
  const data = mkdtempSync(join(tmpdir(), 'suho-bench-'));
  const flags = { data, speed: 60, eaPort: 0, wsPort: 0, httpPort: 'off', analytics: 'off' };
  const { config } = resolveConfig({ flags, environment: {} });
  const demo = await startDemo({ config, log: silentLogger, stepped: false, onProgress: () => {}, observers: [switched] });
  const window = async (traced: boolean): Promise<Window> => {
    on = traced;
    times = [];
    const before = process.cpuUsage();
    await wait(SPAN_MS);
    const { user, system } = process.cpuUsage(before);
    return { cpuMs: (user + system) / 1_000, socketMs: times };
  };
  try {
    await wait(5_000);
    const ratios: number[] = [];
    const sockets: { readonly with: number[]; readonly without: number[] } = { with: [], without: [] };
    const cpu: { readonly with: number[]; readonly without: number[] } = { with: [], without: [] };
    for (let pair = 0; pair < PAIRS; pair++) {
      const first = await window(pair % 2 === 0);
      const second = await window(pair % 2 !== 0);
      const [traced, plain] = pair % 2 === 0 ? [first, second] : [second, first];
      ratios.push(traced.cpuMs / plain.cpuMs);
      cpu.with.push(traced.cpuMs);
      cpu.without.push(plain.cpuMs);
      sockets.with.push(...traced.socketMs);
      sockets.without.push(...plain.socketMs);
    }
    for (const list of [ratios, cpu.with, cpu.without, sockets.with, sockets.without]) list.sort((a, b) => a - b);
    const ms = (list: readonly number[], share: number): string => percentile(list, share).toFixed(2);
    console.log(`${PAIRS} pairs of ${SPAN_MS / 1_000} s, every close traced`);
    for (const name of ['without', 'with'] as const)
      console.log(
        `  ${name.padEnd(7)} processor ${ms(cpu[name], 0.5)} ms a window; tick to socket p50 ${ms(sockets[name], 0.5)} p99 ${ms(sockets[name], 0.99)} ms (${sockets[name].length})`,
      );
    console.log(`  processor, with / without: p10 ${ms(ratios, 0.1)}, p50 ${ms(ratios, 0.5)}, p90 ${ms(ratios, 0.9)}`);
  } finally {
    await demo.close();
    await observer.close();
    collector.kill();
    rmSync(data, { recursive: true, force: true });
  }
}
