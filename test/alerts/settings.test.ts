import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALERT_RULES } from '../../src/alerts/rules.js';
import { isBeyond, isClear } from '../../src/alerts/rule.js';
import { parseAlertSettings } from '../../src/alerts/settings.js';
import { SuhoError } from '../../src/errors.js';
import { readPage } from '../structure/tree.js';

const HOOK = { kind: 'webhook', url: 'https://hooks.example/suho', secret: 'a secret of some length' };
const refusal = (input: unknown): string => {
  try {
    parseAlertSettings(input, 'alerts.json');
  } catch (error) {
    assert.ok(error instanceof SuhoError && error.code === 'CONFIG_INVALID');
    return error.message;
  }
  return 'taken';
};

describe('docs/ALERTS.md', () => {
  const page = readPage('docs/ALERTS.md');

  it('has each rule with its limits, and an example that a node takes', () => {
    for (const { name, severity, of, unit, limit, clear, says } of ALERT_RULES) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` `));
      const cells = row?.split('|').map((cell) => cell.trim()) ?? [];
      assert.deepEqual([cells[2], cells[3], cells[7]], [severity, of, says], name);
      if (unit !== '')
        assert.ok(cells[4]?.includes(limit.toLocaleString('en-US')) && cells[5] === clear.toLocaleString('en-US'), name);
    }
    const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const secret = '123456:a-secret-that-is-long-enough';
    const withSecrets = JSON.parse(example, (_key, value) => (typeof value?.file === 'string' ? secret : value));
    const { channels, escalation } = parseAlertSettings(withSecrets, 'docs/ALERTS.md');
    assert.deepEqual(Object.keys(channels), ['ops', 'mail', 'phone']);
    assert.equal(escalation.critical.steps[1]?.afterMs, 600_000);
  });
});

describe('the rules that stand', () => {
  it('each have a name of their own, and are over on the good side of their limit', () => {
    assert.equal(new Set(ALERT_RULES.map(({ name }) => name)).size, ALERT_RULES.length);
    for (const rule of ALERT_RULES) {
      assert.ok(!isBeyond(rule, rule.limit), `${rule.name} is at its limit and not beyond`);
      assert.ok(isClear(rule, rule.clear) && !isBeyond(rule, rule.clear), `${rule.name} is over at ${rule.clear}`);
      assert.match(rule.says, /\.$/, rule.name);
    }
  });

  it('have the thresholds of the specification', () => {
    const limits = Object.fromEntries(ALERT_RULES.map(({ name, limit }) => [name, limit]));
    assert.equal(limits['execution-slow'], 500);
    assert.equal(limits['bus-backlog'], 1_000);
    assert.equal(limits['job-behind'], 5);
    assert.equal(limits['disk-filling'], 80);
    assert.equal(limits['signals-late'], 30);
    assert.equal(limits['inference-slow'], 100);
  });
});

describe('settings of alerts', () => {
  it('that say nothing list alerts and wake nobody', () => {
    const { rules, channels, escalation, quiet } = parseAlertSettings({}, 'nothing');
    assert.deepEqual(rules, ALERT_RULES);
    assert.deepEqual(channels, {});
    assert.deepEqual(escalation.critical.steps, []);
    assert.ok(!quiet.holds('info', 0));
  });

  it('tell warnings and worse to every channel where they name no steps', () => {
    const { escalation } = parseAlertSettings({ channels: { ops: HOOK } }, 'file');
    assert.deepEqual(escalation.info.steps, []);
    assert.deepEqual(escalation.warning.steps, [{ afterMs: 0, to: ['ops'] }]);
    assert.equal(escalation.critical.repeatMs, 15 * 60_000);
  });

  it('change limits, severities and times of rules, and turn rules off', () => {
    const changes = {
      'signals-late': { limit: 50, severity: 'critical', forSeconds: 30 },
      'memory-high': { off: true },
      'model-weak': { limit: 40 },
    };
    const { rules } = parseAlertSettings({ rules: changes }, 'file');
    const late = rules.find(({ name }) => name === 'signals-late');
    assert.deepEqual([late?.limit, late?.clear, late?.severity, late?.forMs], [50, 50, 'critical', 30_000]);
    assert.equal(rules.length, ALERT_RULES.length - 1);
  });

  it('that are wrong are refused with what and where', () => {
    assert.match(refusal({ channels: { ops: { ...HOOK, secret: 'short' } } }), /channels\.ops\.secret: at least 16/);
    assert.match(refusal({ channels: { ops: { ...HOOK, url: 'http://hooks.example/' } } }), /channels\.ops\.url: https/);
    assert.equal(refusal({ channels: { ops: { ...HOOK, url: 'http://127.0.0.1:9/' } } }), 'taken');
    assert.match(refusal({ channels: { Ops: HOOK } }), /a name in lower case/);
    assert.match(
      refusal({ channels: { mail: { kind: 'email', server: 'http://x', from: 'a@b', to: ['c@d'] } } }),
      /mail\.server/,
    );
    assert.match(refusal({ channels: { bot: { kind: 'telegram', token: 'nothing' } } }), /a token of the Bot API/);
    assert.match(refusal({ escalation: { critical: { steps: [{ to: ['ops'] }], repeatMinutes: 5 } } }), /no channel ops/);
    assert.match(refusal({ escalation: { critical: { steps: [], repeatMinutes: 0 } } }), /at least 1/);
    assert.match(refusal({ timeZone: 'Europe/Nowhere' }), /timeZone: a time zone/);
    assert.match(refusal({ quiet: [{ from: '25:00', to: '07:00' }] }), /quiet\.0\.from: HH:MM/);
    assert.match(refusal({ rules: { slow: {} } }), /there is no rule slow/);
    assert.match(refusal({ rules: { 'signals-late': { clear: 40 } } }), /over while it is beyond its limit/);
    assert.match(refusal({ chanels: {} }), /chanels/);
    const unordered = { steps: [{ afterMinutes: 5, to: ['ops'] }, { to: ['ops'] }], repeatMinutes: 5 };
    assert.match(refusal({ channels: { ops: HOOK }, escalation: { warning: unordered } }), /no earlier than the one before/);
  });
});
