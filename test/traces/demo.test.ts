import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callNode } from '../../src/admin/control.js';
import type { Alert } from '../../src/alerts/alert.js';
import { resolveConfig } from '../../src/config.js';
import { startDemo } from '../../src/demo/demo.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { until } from '../support/actors.js';
import { emptyFolder } from '../support/ledger-folder.js';
import { type CollectedSpan, OtlpCollector } from '../support/otlp-collector.js';

/** Labels that metrics may have, and what they may say: words of small sets, and nothing that grows with accounts or tenants. */
const WORD = /^[a-z][a-z0-9-]{0,31}$/i;
const LABELS: Readonly<Record<string, RegExp>> = {
  ...{
    timeframe: /^[MHD]\d+$/,
    model: /^[a-z0-9.-]+@[a-z0-9.-]+$/i,
    answer: /^[a-z ]+$/,
    horizon: /^\w+$/,
    right: /^(true|false)$/,
  },
  ...{ kind: /^[A-Z_]+$/, state: /^[A-Z]+$/, reason: WORD, symbol: /^[A-Z]{6}$/, code: /^[A-Z_]+$/, le: /^(\+Inf|[\d.e-]+)$/ },
  ...{ keeper: WORD, event: WORD, writer: WORD, severity: WORD, acknowledged: /^(true|false)$/, channel: WORD, job: WORD },
  ...{ part: WORD, of: WORD },
};

interface Series {
  readonly name: string;
  readonly labels: readonly (readonly [string, string])[];
}

function seriesOf(text: string): readonly Series[] {
  return text.split('\n').flatMap((line) => {
    const [, name, inside = ''] = /^(suho_\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) return [];
    return [
      { name, labels: [...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', value = '']) => [label, value] as const) },
    ];
  });
}

const STEPS = ['candle', 'features', 'inference', 'decision', 'commit', 'send', 'ack'];

test('a node sends a collector traces from the tick to the EA’s result, and has alerts of its own state', async () => {
  await using folder = await emptyFolder();
  await using collector = await OtlpCollector.start();
  const flags = {
    ...{ data: folder.path, speed: 60, eaPort: 0, wsPort: 0, httpPort: 0, analytics: 'off' },
    ...{ traces: collector.url, traceShare: 1 },
  };
  const { config } = resolveConfig({ flags, environment: {} });
  const demo = await startDemo({ config, log: silentLogger, stepped: false, onProgress: () => {}, holder: 'test' });
  const whole = (): readonly CollectedSpan[] | undefined => {
    for (const { traceId, name } of collector.spans) {
      if (name !== 'ack') continue;
      const spans = collector.spans.filter((span) => span.traceId === traceId);
      if (STEPS.every((step) => spans.some((span) => span.name === step))) return spans;
    }
    return undefined;
  };
  let series: readonly Series[] = [];
  try {
    await until(() => whole() !== undefined, 'a trace with every step', 60_000);
    await callNode(config.data, 'node.halt', { reason: 'a test' });
    const alerts = async (): Promise<readonly Alert[]> =>
      (await callNode<readonly Alert[]>(config.data, 'alerts.list', null))?.result ?? [];
    await until(async () => (await alerts()).some(({ rule }) => rule === 'emergency-stop'), 'the stop is an alert', 30_000);
    const { host, port } = demo.node.http ?? { host: '', port: 0 };
    series = seriesOf(await (await fetch(`http://${host}:${port}/metrics`)).text());
  } finally {
    await demo.close();
  }
  assert.ok(series.length > 100);
  for (const { name, labels } of series)
    for (const [label, value] of labels) {
      const bound = LABELS[label];
      assert.ok(bound !== undefined, `${name} has the label ${label}`);
      assert.match(value, bound, `${name}: ${label}`);
    }
  assert.deepEqual([...collector.services], ['suho']);
  const [signal] = whole()?.flatMap(({ name, facts }) => (name === 'ack' ? [facts['suho.signal']] : [])) ?? [];
  const spans = (whole() ?? []).filter(({ facts }) => facts['suho.signal'] === undefined || facts['suho.signal'] === signal);
  const root = spans.find(({ name }) => name === 'tick');
  assert.ok(root !== undefined, 'its root ended with the node');
  assert.equal(root.parentSpanId, undefined);
  let beforeNs = root.fromNs;
  for (const step of STEPS) {
    const span = spans.find(({ name }) => name === step);
    assert.ok(span !== undefined, step);
    assert.equal(span.parentSpanId, root.spanId, step);
    assert.ok(span.fromNs >= beforeNs && span.toNs >= span.fromNs && span.toNs <= root.toNs, `${step} follows the one before`);
    beforeNs = span.fromNs;
  }
});
