import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { htmlReport } from '../../load-tests/load/html-report.js';
import type { LoadReport } from '../../load-tests/load/load-report.js';
import { loadTable, searchSentence } from '../../load-tests/load/load-table.js';
import { plotFigure, roundStep } from '../../load-tests/load/plot.js';

const FIGURES = { count: 1_200, p50: 4.2, p90: 8.1, p99: 21.5, p999: 40.25, max: 61 };
const CURVE = [0, 50, 90, 99, 99.9].map((percentile, at) => ({ percentile, ms: 1 + at * at }));

function sample(at: number, more: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return {
    atSeconds: at / 2,
    rssMb: 400 + at,
    heapMb: 90,
    externalMb: 20,
    loopP50Ms: 0.1,
    loopP99Ms: 2,
    loopMaxMs: 9,
    cores: 0.4,
    ...more,
  };
}

function report(change: Partial<LoadReport> = {}): LoadReport {
  const nodeSamples = Array.from({ length: 40 }, (_, at) => sample(at, { ticksTaken: at * 500, sessions: 20 }));
  const swarmSamples = Array.from({ length: 40 }, (_, at) =>
    sample(at, { connected: 20, framesIn: at * 30, framesOut: at * 40, signals: at * 5 }),
  );
  const usual = { rssMbMax: 440, heapMbMax: 90, eventLoopMsP99: 3, eventLoopMsMax: 9, coresMean: 0.4 };
  return {
    ok: true,
    version: '0.0.0',
    seconds: 20,
    faults: { '<closed> & "gone"': 2 },
    delivered: 1_200,
    lost: 0,
    duplicated: 0,
    mixed: 0,
    uncommitted: 0,
    open: 0,
    repeats: 0,
    unknown: 0,
    conflated: 0,
    crashes: 0,
    refusedBy: {},
    latencyMs: FIGURES,
    rssMbMax: 440,
    eventLoopMsP99: 3,
    accounts: 20,
    ticksPerSecond: 1_000,
    nodes: 1,
    setting: { speed: 10, tenants: 1, tls: false, ledger: 'embedded' },
    machine: { cores: 2, memoryGb: 8, node: 'v20', loadBefore: 0.2, loadAfter: 1.1 },
    search: null,
    phases: [
      {
        name: 'arrive',
        seconds: 4,
        figures: { lastWelcomeMs: 900 },
        latencyMs: { welcome: FIGURES },
        curves: { welcome: CURVE },
        fromSeconds: 0,
        toSeconds: 4,
      },
      {
        name: 'steady',
        seconds: 15,
        figures: {},
        latencyMs: { signal: FIGURES },
        curves: { signal: CURVE },
        fromSeconds: 4,
        toSeconds: 19,
      },
    ],
    processes: [
      { name: 'node-1', kind: 'node', ...usual, samples: nodeSamples },
      { name: 'swarm-1', kind: 'swarm', ...usual, samples: swarmSamples },
    ],
    ...change,
  };
}

const VOID = new Set(['meta', '!doctype']);

/** Every element that is opened is closed, in order; answers their names. */
function elements(html: string): readonly string[] {
  const open: string[] = [];
  const names: string[] = [];
  const withoutStyle = html.replace(/<style>[\s\S]*?<\/style>/, '<style></style>');
  for (const [, closing, name = '', , alone] of withoutStyle.matchAll(
    /<(\/?)([!a-zA-Z][\w]*)((?:[^<>"']|"[^"<>]*"|'[^'<>]*')*?)(\/?)>/g,
  )) {
    if (closing === '/') assert.equal(open.pop(), name, `</${name}> closes what is open`);
    else {
      names.push(name);
      if (alone !== '/' && !VOID.has(name)) open.push(name);
    }
  }
  assert.deepEqual(open, [], 'nothing is left open');
  return names;
}

/** Whatever a browser would fetch, run, or lead away to. */
function outside(html: string): readonly string[] {
  return [
    ...html.matchAll(
      /https?:|\/\/[\w-]+\.|<script|<link|<iframe|<img|<object|\b(?:src|href|srcset|action)\s*=|url\(|@import|\bon\w+\s*=/gi,
    ),
  ].map(([found]) => found);
}

describe('the page of a load', () => {
  it('is whole, with its plots in it, and asks nobody for anything', () => {
    const html = htmlReport(report());
    const names = elements(html);
    assert.equal(names.filter((name) => name === 'svg').length, 9);
    assert.equal(names.filter((name) => name === 'table').length, 2);
    assert.deepEqual(outside(html), []);
    assert.match(html, /prefers-color-scheme: dark/);
    assert.doesNotMatch(html, /NaN|undefined|Infinity/);
  });

  it('shows what it is told as text, whatever stands in it', () => {
    const html = htmlReport(report());
    elements(html);
    assert.ok(!html.includes('<closed>'));
    assert.match(html, /&#60;closed&#62; &#38; &#34;gone&#34; 2/);
  });

  it('is whole as well where nothing was measured, and where not all went well', () => {
    const [arrive, steady] = report().phases;
    const empty = report({
      ok: false,
      lost: 3,
      latencyMs: null,
      phases: [arrive, steady].map((phase) => ({ ...(phase as LoadReport['phases'][number]), latencyMs: {}, curves: {} })),
      processes: report().processes.map((one) => ({ ...one, samples: [] })),
      search: { of: 'accounts', load: 400, confirmed: false, endedBy: 'time', boundMs: 30, probes: [{ load: 400, held: true }] },
    });
    const html = htmlReport(empty);
    elements(html);
    assert.match(html, /Not all is well/);
    const nothing = searchSentence({
      search: { of: 'accounts', load: 0, confirmed: false, endedBy: 'time', boundMs: 30, probes: [] },
    });
    assert.match(nothing ?? '', /held at nothing/);
    assert.match(html, /holds up to 400 EAs \(not confirmed, time was over/);
    assert.doesNotMatch(html, /NaN|Infinity/);
  });

  it('and what the terminal is shown have the same figures', () => {
    const table = loadTable(report());
    const html = htmlReport(report());
    for (const shown of ['p99.9', '21.5', 'steady', 'arrive']) assert.ok(table.includes(shown) && html.includes(shown), shown);
    assert.match(table, /load average 0.2 before and 1.1 after/);
  });

  it('draws no point outside its frame', () => {
    const figure = plotFigure({
      title: 't',
      unit: 'u',
      lines: [
        {
          name: 'a',
          points: [
            [0, 5],
            [10, 5_000],
            [20, 0.5],
          ],
        },
      ],
      logarithmic: true,
    });
    const points = [...figure.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
    assert.equal(points.length, 3);
    for (const [x, y] of points) assert.ok(x >= 58 && x <= 706 && y >= 22 && y <= 230, `${x} ${y}`);
    assert.deepEqual([0.7, 1, 1.2, 3, 70].map(roundStep), [1, 1, 2, 5, 100]);
  });
});
