import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AuditAnchor, AuditEvent, AuditHead } from '../../../src/storage/audit/audit.js';
import { type AuditRow, exportedRows, LOG_HEADER, lineOf, verifyAudit } from '../../../src/storage/audit/audit-log.js';
import { emptyChain, link, nextAnchor } from '../../../src/storage/audit/chain.js';

type Step =
  | { readonly kind: 'tell'; readonly tenant: number; readonly writer: number; readonly events: readonly AuditEvent[] }
  | { readonly kind: 'anchor'; readonly tenant: number; readonly atMs: number };

const event: fc.Arbitrary<AuditEvent> = fc.record({
  kind: fc.constantFrom('signal.raised', 'deal.booked'),
  subject: fc.string({ unit: 'binary', maxLength: 8 }),
  atMs: fc.nat(2 ** 41),
  body: fc.dictionary(fc.string({ maxLength: 4 }), fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.constant(null)), {
    maxKeys: 4,
  }),
});
const tenant = fc.nat(1);
const telling = fc
  .record({ tenant, writer: fc.integer({ min: 1, max: 3 }), events: fc.array(event, { minLength: 1, maxLength: 4 }) })
  .map((step): Step => ({ kind: 'tell', ...step }));
const anchoring = fc.record({ tenant, atMs: fc.nat(2 ** 41) }).map((step): Step => ({ kind: 'anchor', ...step }));
const history = fc.array(fc.oneof({ weight: 3, arbitrary: telling }, { weight: 1, arbitrary: anchoring }), {
  minLength: 1,
  maxLength: 14,
});

/** The log that a history comes to, in the order of an export. */
function logOf(steps: readonly Step[]): readonly AuditRow[] {
  const heads = new Map<string, { head: AuditHead; anchored: number }>();
  const newest = new Map<string, AuditAnchor>();
  const anchors: AuditRow[] = [];
  const entries = new Map<string, AuditRow[]>();
  for (const step of steps) {
    const tenantId = `tenant-${step.tenant}`;
    if (step.kind === 'tell') {
      const key = `${tenantId}/${step.writer}`;
      const before = heads.get(key) ?? { head: emptyChain(tenantId, step.writer), anchored: 0 };
      const linked = link(before.head, step.events);
      heads.set(key, { ...before, head: linked.head });
      entries.set(key, [...(entries.get(key) ?? []), ...linked.entries.map((entry): AuditRow => ({ entry }))]);
      continue;
    }
    const own = [...heads.values()].filter(({ head, anchored }) => head.tenantId === tenantId && head.seq > anchored);
    const anchor = nextAnchor(
      tenantId,
      step.atMs,
      newest.get(tenantId),
      own.map(({ head }) => head),
    );
    if (anchor === undefined) continue;
    newest.set(tenantId, anchor);
    anchors.push({ anchor });
    for (const each of own) each.anchored = each.head.seq;
  }
  return [...anchors, ...[...heads.values()].map(({ head }): AuditRow => ({ head })), ...[...entries.values()].flat()];
}

const numRuns = process.env.SUHO_PROOF ? 5_000 : 300;
const whole = async (rows: readonly AuditRow[]): Promise<boolean> => (await verifyAudit(rows)).ok;
const placesOf = (rows: readonly AuditRow[], name: 'anchor' | 'head' | 'entry'): number[] =>
  rows.flatMap((row, at) => (name in row ? [at] : []));
const ofOneChain = (one: AuditRow | undefined, other: AuditRow | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  'entry' in one &&
  'entry' in other &&
  one.entry.tenantId === other.entry.tenantId &&
  one.entry.writer === other.entry.writer;

test('every log that was written is whole, and is counted', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const rows = logOf(steps);
      const report = await verifyAudit(rows);
      assert.deepEqual(report.faults, []);
      assert.deepEqual(
        [report.anchors, report.chains, report.entries],
        (['anchor', 'head', 'entry'] as const).map((name) => placesOf(rows, name).length),
      );
    }),
    { numRuns },
  );
});

test('one flipped bit of any field of any row is found', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.nat(), fc.nat(), async (steps, at, inField, bit) => {
      const rows = [...logOf(steps)];
      fc.pre(rows.length > 0);
      const place = at % rows.length;
      const [[name, value]] = Object.entries(rows[place] as AuditRow) as [[string, Record<string, string | number>]];
      const field = Object.keys(value)[inField % Object.keys(value).length] as string;
      const before = value[field] as string | number;
      let after: string | number;
      if (typeof before === 'number') after = before ^ (1 << (bit % 8));
      else {
        fc.pre(before.length > 0);
        const units = [...before].map((unit) => unit.codePointAt(0) as number);
        const unit = Math.floor(bit / 8) % units.length;
        units[unit] = (units[unit] as number) ^ (1 << (bit % 7));
        after = String.fromCodePoint(...units);
      }
      fc.pre(after !== before);
      rows[place] = { [name]: { ...value, [field]: after } } as unknown as AuditRow;
      assert.equal(await whole(rows), false, `${name}.${field}: ${before} → ${after}`);
    }),
    { numRuns },
  );
});

test('a dropped entry or head is found, but for a beginning that an anchor vouches for', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), async (steps, at) => {
      const rows = logOf(steps);
      const places = [...placesOf(rows, 'entry'), ...placesOf(rows, 'head')];
      fc.pre(places.length > 0);
      const place = places[at % places.length] as number;
      const gone = rows[place] as AuditRow;
      const vouched =
        'entry' in gone &&
        gone.entry.seq === 1 &&
        placesOf(rows, 'anchor').some((anchored) => JSON.stringify(rows[anchored]).includes(gone.entry.hash));
      assert.equal(await whole(rows.filter((_, other) => other !== place)), vouched);
    }),
    { numRuns },
  );
});

test('an anchor dropped from among others is found', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), async (steps, at) => {
      const rows = logOf(steps);
      const places = placesOf(rows, 'anchor').filter((place) => {
        const { anchor } = rows[place] as { anchor: AuditAnchor };
        return rows.some((row) => 'anchor' in row && row.anchor.tenantId === anchor.tenantId && row.anchor.seq > anchor.seq);
      });
      fc.pre(places.length > 0);
      const place = places[at % places.length] as number;
      assert.equal(await whole(rows.filter((_, other) => other !== place)), false);
    }),
    { numRuns: Math.ceil(numRuns / 4) },
  );
});

test('two entries of a chain in each other’s place, and one told twice, are found, wherever their numbers say they belong', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.boolean(), async (steps, at, renumbered) => {
      const rows = [...logOf(steps)];
      const places = placesOf(rows, 'entry').filter((place) => ofOneChain(rows[place], rows[place + 1]));
      fc.pre(places.length > 0);
      const place = places[at % places.length] as number;
      const [one, two] = [rows[place], rows[place + 1]] as { entry: { seq: number } }[];
      assert.equal(await whole(rows.toSpliced(place, 0, rows[place] as AuditRow)), false);
      const seqs = [one?.entry.seq, two?.entry.seq];
      const swapped = [two, one].map((row, of) => (renumbered ? { entry: { ...row?.entry, seq: seqs[of] } } : row));
      assert.equal(await whole(rows.toSpliced(place, 2, ...(swapped as AuditRow[]))), false);
    }),
    { numRuns },
  );
});

const said = (atMs: number): AuditEvent => ({ kind: 'a.b', subject: 's', atMs, body: { n: atMs } });

test('segments that retention has dropped up to an anchored place are let pass, and no entry more', async () => {
  const first = link(emptyChain('t', 1), [said(1), said(2), said(3)]);
  const anchor = nextAnchor('t', 10, undefined, [first.head]) as AuditAnchor;
  const second = link(first.head, [said(4), said(5)]);
  const rows = (from: number): AuditRow[] => [
    { anchor },
    { head: second.head },
    ...[...first.entries, ...second.entries].filter(({ seq }) => seq >= from).map((entry) => ({ entry })),
  ];
  for (const from of [1, 4]) assert.equal(await whole(rows(from)), true, `from ${from}`);
  for (const from of [2, 3, 5, 6]) assert.equal(await whole(rows(from)), false, `from ${from}`);
  assert.equal(await whole([{ anchor }, { head: first.head }]), true);
  const again = link(emptyChain('t', 1), [said(1), said(2), said(9)]);
  const rewritten: AuditRow[] = [{ anchor }, { head: again.head }, ...again.entries.map((entry) => ({ entry }))];
  const { faults } = await verifyAudit(rewritten);
  assert.deepEqual(
    faults.map(({ what }) => what),
    ['entry 3 is not the one that was anchored'],
  );
});

test('a hash is SHA-256 over the hash before and the entry’s canonical line', () => {
  const [one, two] = link(emptyChain('north', 7), [said(5), { ...said(6), body: { b: [1, { d: 2, c: 'ü' }], a: -0 } }]).entries;
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const line = (seq: string, row: string): string => `audit north/7 ${seq} ${row}`;
  const first = sha256(
    `${'0'.repeat(64)}\n${line('0000000000000001', String.raw`{"atMs":5,"body":"{\"n\":5}","kind":"a.b","subject":"s"}`)}`,
  );
  const body = String.raw`{\"a\":0,\"b\":[1,{\"c\":\"ü\",\"d\":2}]}`;
  const second = sha256(`${first}\n${line('0000000000000002', `{"atMs":6,"body":"${body}","kind":"a.b","subject":"s"}`)}`);
  assert.deepEqual([one?.hash, two?.hash], [first, second]);
});

async function verdictOnFile(text: string): Promise<boolean | string> {
  try {
    return (
      await verifyAudit(
        exportedRows(
          text.split(/\r?\n|\r|\u2028|\u2029/).filter((line, at) => line !== '' || at === 0),
          'f',
        ),
      )
    ).ok;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('an exported log is whole, and no flipped bit of its bytes, dropped, doubled or moved line goes unseen', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.nat(7), async (steps, at, bit) => {
      const lines = [LOG_HEADER, ...logOf(steps).map(lineOf)];
      assert.equal(await verdictOnFile(lines.join('\n')), true);
      const bytes = Buffer.from(lines.join('\n'));
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit);
      assert.notEqual(await verdictOnFile(bytes.toString('utf8')), true);
    }),
    { numRuns },
  );
  for (const text of ['', LOG_HEADER.slice(1), `${LOG_HEADER}\n{}`, `${LOG_HEADER}\n{"head":{}}`, '{"entry":1}'])
    assert.equal(await verdictOnFile(text), 'INPUT_INVALID', text);
});
