/** What nodes of this version, of the one before, and of one that tells more are heard to say. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { listenToOthers } from '../../src/node/listen-to-others.js';
import { Activity, untilIdle } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import { payloadBytes, payloadOf } from '../../src/storage/bus/payload.js';
import type { SubjectName } from '../../src/storage/bus/streams.js';
import { subjectOf } from '../../src/storage/bus/subjects.js';
import { root } from '../structure/sources.js';
import { TOLD } from '../storage/bus/told-samples.js';

type Bytes = (name: SubjectName) => Uint8Array;

const goldenBytes = (protocol: number): Bytes => {
  const path = join(root, 'test', 'storage', 'bus', 'told', `protocol-${protocol}.json`);
  const { bus } = JSON.parse(readFileSync(path, 'utf8')) as { bus: Record<string, { bytes: string }> };
  return (name) => Buffer.from(bus[name]?.bytes ?? '', 'base64');
};

/** As a later version may tell it: all that it told before, and more. */
const later: Bytes = (name) => {
  const read = payloadOf(goldenBytes(2)(name));
  assert.ok(read.kind === 'value');
  return payloadBytes(name, { ...(read.value as object), later: { unknown: [1, 'x'] } });
};

async function heardOf(bytesOf: Bytes): Promise<readonly [string, unknown][]> {
  const activity = new Activity();
  const broker = new MemoryBroker({ clock: new SteppedClock(0), random: seededRandom(1), activity });
  const heard: [string, unknown][] = [];
  const note =
    (what: string) =>
    (...told: readonly unknown[]): void =>
      void heard.push([what, told]);
  const into = { ticks: note('ticks'), candle: note('candle'), handed: note('handed'), signal: note('signal') };
  const close = listenToOthers({ node: 'me', bus: broker.connect(), root: { in: into }, tenants: () => ['north'] });
  const subjects = {
    ticks: subjectOf('ticks', { symbol: 'EURUSD' }),
    candle: subjectOf('candle', { symbol: 'EURUSD', timeframe: 'M15' }),
    features: subjectOf('features', { symbol: 'EURUSD', timeframe: 'M15' }),
    decision: subjectOf('decision', { tenant: 'north', symbol: 'EURUSD' }),
    live: subjectOf('live', { tenant: 'north', account: 'one' }),
  } as const;
  for (const [name, { text, stream }] of Object.entries(subjects)) {
    const bytes = bytesOf(name as SubjectName);
    if (stream === undefined) broker.tell(text, bytes);
    else broker.stream(stream).keep(text, name, bytes);
  }
  // A subject that this version does not know.
  broker.tell('market.later.EURUSD', payloadBytes('later', { some: 'thing' }));
  await untilIdle(activity);
  await close();
  return heard;
}

const { under: _, ...ticks } = TOLD.ticks;
const { under: __, ...candle } = TOLD.candle;
const { under: ___, prediction, ...vector } = TOLD.features;
const { under: ____, lineage, ...decision } = TOLD.decision;
const { under: _____, ...live } = TOLD.live;
/** In the first protocol nobody could read what shapes a model saw. */
const wanted = (protocol: number): readonly (readonly [string, unknown])[] => [
  ['ticks', [ticks]],
  ['handed', [vector, protocol === 1 ? { ...prediction, shapes: undefined } : prediction]],
  ['signal', ['north', { kind: 'elsewhere', told: live }]],
  ['candle', [candle]],
  ['signal', ['north', { kind: 'decided', timed: { decision, lineage } }]],
];

const sorted = (heard: readonly (readonly [string, unknown])[]) =>
  [...heard].sort(([a, one], [b, other]) => (`${a}${JSON.stringify(one)}` < `${b}${JSON.stringify(other)}` ? -1 : 1));

describe('a node hears', () => {
  for (const protocol of [1, 2])
    it(`what nodes of protocol ${protocol} tell, number for number`, async () => {
      assert.deepStrictEqual(sorted(await heardOf(goldenBytes(protocol))), sorted(wanted(protocol)));
    });

  it('what a later version tells, and leaves out what it does not know', async () => {
    const heard = await heardOf(later);
    const names = (all: readonly (readonly [string, unknown])[]) => all.map(([what]) => what).sort();
    assert.deepEqual(names(heard), names(wanted(2)));
    const told = heard.find(([what]) => what === 'ticks')?.[1] as readonly [object];
    assert.deepEqual({ ...told[0], later: undefined }, { ...ticks, later: undefined });
  });
});
