import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SETTING_NAMES, variableOf } from '../../src/config.js';
import { root } from '../structure/sources.js';
import { plainYaml, type Yaml } from '../support/plain-yaml.js';

interface Service {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, Yaml>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, Yaml>>;
}

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const NODE_VARIABLES = new Set(SETTING_NAMES.map(variableOf));
const SECRET = /PASSWORD|TOKEN|API_?KEY|SECRET|requirepass|ALLOWED_KEYS/i;
const ASKED = /\$\{([A-Z_]+):\?[^}]+\}/g;

/** What is wrong with a production set, in words. */
function problems({ services, volumes }: Compose, variables: ReadonlySet<string>): readonly string[] {
  const said: string[] = [];
  const used = new Set<string>();
  for (const [name, service] of Object.entries(services)) {
    const { image = '', environment = {}, ports = [], volumes: mounts = [], healthcheck } = service;
    if (!/:v?\d+\.\d+\.\d+[\w.-]*$/.test(image)) said.push(`${name}: the image ${image} is not pinned to a version`);
    for (const port of ports)
      if (!/^127\.0\.0\.1:\d+:\d+$/.test(port)) said.push(`${name}: port ${port} is open beyond loopback`);
    if ((healthcheck?.test?.length ?? 0) < 2) said.push(`${name}: has no health check`);
    if (mounts.length === 0) said.push(`${name}: keeps nothing in a volume`);
    for (const mount of mounts) {
      const [from = ''] = mount.split(':');
      if (from.startsWith('./')) {
        if (!existsSync(join(root, from))) said.push(`${name}: mounts ${from}, which is not there`);
        if (!mount.endsWith(':ro')) said.push(`${name}: may write to ${from}`);
      } else if (!Object.hasOwn(volumes, from)) said.push(`${name}: mounts ${from}, which is not declared`);
      used.add(from);
    }
    for (const [variable, value] of Object.entries(environment)) {
      const text = String(value);
      const asked = [...text.matchAll(ASKED)].map(([, one]) => one as string);
      const inline = text.replace(ASKED, '');
      if (SECRET.test(variable) && inline !== '' && !isSwitch(inline)) said.push(`${name}: ${variable} is told inline`);
      if (/:\/\/[^/@]*:[^/@]+@/.test(inline)) said.push(`${name}: ${variable} has a password inline`);
      if (inline.includes('${')) said.push(`${name}: ${variable} has a default`);
      for (const one of asked) if (!variables.has(one)) said.push(`${name}: ${one} is not in the example`);
      if (variable.startsWith('SUHO_') && !NODE_VARIABLES.has(variable)) said.push(`${name}: ${variable} is no setting`);
    }
  }
  for (const volume of Object.keys(volumes)) if (!used.has(volume)) said.push(`the volume ${volume} is mounted nowhere`);
  return said;
}

/** A variable that only speaks of secrets: whether keys are asked for, and whose they are. */
function isSwitch(value: string): boolean {
  return value === 'true' || value === 'false' || value === 'suho';
}

const example = new Map(
  read('deploy/example.env')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);
const compose = plainYaml(read('docker-compose.yml')) as unknown as Compose;

describe('the production set', () => {
  it('has every store and every watcher, pinned, on loopback, with a health check, volumes and no secret of its own', () => {
    const images = Object.values(compose.services).map(({ image = '' }) => image.split('/').at(-1)?.split(':')[0]);
    const wanted = ['suho', 'timescaledb', 'clickhouse-server', 'dragonfly', 'weaviate', 'nats', 'prometheus', 'grafana', 'loki'];
    assert.deepEqual(images.sort(), wanted.sort());
    assert.deepEqual(problems(compose, new Set(example.keys())), []);
  });

  it('asks for each secret by the name that the example has, which has a value for none', () => {
    const asked = new Set([...read('docker-compose.yml').matchAll(ASKED)].map(([, name]) => name));
    assert.deepEqual([...example.keys()].sort(), [...asked].sort());
    for (const [name, value] of example) assert.equal(value, '', `${name} has no value`);
  });

  it('is told what is wrong with it', () => {
    const bad = plainYaml(`services:
  a:
    image: redis:latest
    environment:
      A_PASSWORD: hunter2
      B_PASSWORD: \${B_PASSWORD:-hunter2}
      C_TOKEN: \${C_TOKEN:?is missing}
      SUHO_LEGDER: postgres://suho:hunter2@db/suho
    ports:
      - "6379:6379"
    volumes:
      - data:/data
      - ./deploy/none.yml:/etc/none.yml
volumes:
  other: {}
`) as unknown as Compose;
    assert.deepEqual(problems(bad, new Set()), [
      'a: the image redis:latest is not pinned to a version',
      'a: port 6379:6379 is open beyond loopback',
      'a: has no health check',
      'a: mounts data, which is not declared',
      'a: mounts ./deploy/none.yml, which is not there',
      'a: may write to ./deploy/none.yml',
      'a: A_PASSWORD is told inline',
      'a: B_PASSWORD is told inline',
      'a: B_PASSWORD has a default',
      'a: C_TOKEN is not in the example',
      'a: SUHO_LEGDER has a password inline',
      'a: SUHO_LEGDER is no setting',
      'the volume other is mounted nowhere',
    ]);
  });

  it('is watched by figures that the node tells, at an address of the set', () => {
    const told = new Set([...read('docs/OPERATIONS.md').matchAll(/^\| `(suho_[a-z_]+)`/gm)].map(([, name]) => name));
    const boards = readdirSync(join(root, 'deploy/grafana/dashboards')).map((name) => `deploy/grafana/dashboards/${name}`);
    const asked = ['deploy/prometheus/alerts.yml', ...boards].flatMap((path) =>
      [...read(path).matchAll(/\b(suho_[a-z_]+?)(_bucket|_count|_sum)?\b(?=[[{\s)"])/g)].map(([, name]) => [path, name]),
    );
    assert.ok(asked.length > 10);
    for (const [path, name] of asked) assert.ok(told.has(name), `${path} asks for ${name}`);
    const { scrape_configs: jobs } = plainYaml(read('deploy/prometheus/prometheus.yml')) as {
      readonly scrape_configs: readonly { readonly static_configs: readonly { readonly targets: readonly string[] }[] }[];
    };
    const targets = jobs.flatMap((job) => job.static_configs.flatMap((one) => one.targets));
    for (const target of targets) assert.ok(Object.hasOwn(compose.services, target.split(':')[0] as string), target);
    const sources = read('deploy/grafana/provisioning/datasources/suho.yml').matchAll(/url: http:\/\/([a-z]+):/g);
    for (const [, host] of sources) assert.ok(Object.hasOwn(compose.services, host as string), host);
    const uids = boards.map((path) => (JSON.parse(read(path)) as { readonly uid: string }).uid);
    assert.ok(uids.length >= 3 && new Set(uids).size === uids.length);
    for (const path of ['loki/loki.yml', 'grafana/provisioning/datasources/suho.yml', 'grafana/provisioning/dashboards/suho.yml'])
      assert.equal(typeof plainYaml(read(`deploy/${path}`)), 'object');
  });

  it('alerts of each threshold of the specification', () => {
    const text = read('deploy/prometheus/alerts.yml');
    for (const threshold of [
      'suho_keeper_events{keeper="presence",event="silent"} > 0',
      'rate(suho_execution_seconds_bucket[15m]))) > 0.5',
      'suho_price_alarms > 0',
      '(suho_job_instants_owed) > 5',
      'suho_keeper_events{keeper="bus",event="waiting"} > 1000',
      'suho_spill_used_percent > 80',
      'suho_disk_used_percent > 80',
      'rate(suho_tick_to_socket_seconds_bucket[5m]))) > 0.03',
      'rate(suho_inference_seconds_bucket[5m]))) > 0.1',
    ])
      assert.ok(text.includes(threshold), threshold);
  });

  it('alerts each have a name of their own, a severity and a sentence', () => {
    const { groups } = plainYaml(read('deploy/prometheus/alerts.yml')) as {
      readonly groups: readonly { readonly rules: readonly Readonly<Record<string, Record<string, string>>>[] }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    for (const { alert, labels, annotations } of rules) {
      assert.match(labels?.severity ?? '', /^(critical|warning)$/, String(alert));
      assert.match(annotations?.summary ?? '', /\.$/, String(alert));
    }
  });
});

const missing = (program: string, ...words: string[]): string | false =>
  spawnSync(program, words).error === undefined ? false : `no ${program} on this machine`;

it('systemd finds nothing wrong with the service', { skip: missing('systemd-analyze', '--version') }, () => {
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(root, 'deploy/suho.service')], { encoding: 'utf8' });
  assert.deepEqual([status, stderr.split('\n').filter((line) => line.includes('suho.service'))], [0, []]);
});

it('promtool finds nothing wrong with the alerts', { skip: missing('promtool', '--version') }, () => {
  const { status, stdout } = spawnSync('promtool', ['check', 'rules', join(root, 'deploy/prometheus/alerts.yml')], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
});
