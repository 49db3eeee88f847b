/**
 * What nodes of each version of the cluster's protocol tell each other, as the bytes that they told: this version reads those of the
 * version before, and still tells all that it read of them. Files under `told/` are written once, when the protocol is raised
 * (`node dist/test/storage/bus/write-told.js`), and never again.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { CLUSTER_PROTOCOL, FIRST_PROTOCOL } from '../../../src/cluster/protocol.js';
import { leaseEntryOf, memberOf } from '../../../src/cluster/registry-values.js';
import { payloadBytes, payloadOf } from '../../../src/storage/bus/payload.js';
import { SUBJECTS } from '../../../src/storage/bus/streams.js';
import { root } from '../../structure/sources.js';
import { REGISTERED, TOLD } from './told-samples.js';

interface Golden {
  readonly bus: Readonly<Record<string, { readonly template: string; readonly bytes: string }>>;
  readonly registry: Readonly<Record<string, unknown>>;
}

const goldenOf = (protocol: number): Golden =>
  JSON.parse(readFileSync(join(root, 'test', 'storage', 'bus', 'told', `protocol-${protocol}.json`), 'utf8')) as Golden;

function toldIn(base64: string): unknown {
  const read = payloadOf(Buffer.from(base64, 'base64'));
  assert.ok(read.kind === 'value', read.kind);
  return read.value;
}

/** The first protocol told bytes there that were no numbers, and its nodes read none. */
const MENDED: ReadonlySet<string> = new Set(['features.prediction.shapes.embedding is of another class']);

/** What members did not tell when the files were written, and what is taken for it. */
const SINCE_ALL = { busy: false, upForMs: 0 } as const;
const SINCE_THE_FIRST = { ...SINCE_ALL, endpoints: [], fitForMs: 0 } as const;

/** All that `before` has `now` has too, of the same type. What differs, by its place. */
function lacks(before: unknown, now: unknown, place: string): readonly string[] {
  if (before === null) return [];
  if (typeof before !== typeof now || now === null)
    return [`${place} was ${typeof before}, and is ${now === null ? 'null' : typeof now}`];
  if (typeof before !== 'object') return [];
  if (ArrayBuffer.isView(before))
    return before.constructor === (now as object).constructor ? [] : [`${place} is of another class`];
  return Object.entries(before).flatMap(([name, value]) =>
    lacks(value, (now as Record<string, unknown>)[name], `${place}.${name}`),
  );
}

for (const protocol of [CLUSTER_PROTOCOL - 1, CLUSTER_PROTOCOL]) {
  const golden = goldenOf(protocol);
  describe(`protocol ${protocol}`, () => {
    for (const [name, { template, bytes }] of Object.entries(golden.bus))
      it(`${name} is read, told on the same subject, and has all that it had`, () => {
        assert.equal(SUBJECTS[name as keyof typeof SUBJECTS]?.template, template);
        const before = toldIn(bytes);
        const now = toldIn(payloadBytesOf(name));
        const missed = lacks(before, now, name);
        assert.deepEqual(
          missed.filter((one) => !MENDED.has(one)),
          [],
        );
        if (protocol === CLUSTER_PROTOCOL) assert.deepEqual(before, now);
      });

    it('members and leases are read, whether or not they have what came later', () => {
      const member = memberOf(golden.registry.member);
      assert.ok(member !== undefined);
      const since = protocol === FIRST_PROTOCOL ? SINCE_THE_FIRST : SINCE_ALL;
      assert.deepEqual(member, { ...REGISTERED.member, protocol, ...since });
      assert.deepEqual(leaseEntryOf(golden.registry.lease), REGISTERED.lease);
      for (const [name, value] of Object.entries(golden.registry))
        assert.deepEqual(lacks(value, REGISTERED[name as keyof typeof REGISTERED], name), []);
    });
  });
}

test('every subject that something is told on has its golden of this version', () => {
  assert.deepEqual(Object.keys(goldenOf(CLUSTER_PROTOCOL).bus).sort(), Object.keys(TOLD).sort());
});

test('what is missing, or of another type, is found', () => {
  assert.deepEqual(lacks({ a: 1, b: { c: 'x' } }, { a: '1', b: {} }, 'it'), [
    'it.a was number, and is string',
    'it.b.c was string, and is undefined',
  ]);
});

function payloadBytesOf(name: string): string {
  return Buffer.from(payloadBytes(name, TOLD[name as keyof typeof TOLD])).toString('base64');
}
