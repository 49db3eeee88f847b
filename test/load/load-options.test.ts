import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  HELP,
  type LoadOptions,
  OWN_BUS,
  PHASES,
  readLoadOptions,
  UsageError,
  usualSpeed,
} from '../../load-tests/load/load-options.js';
import { root } from '../structure/sources.js';

const LOAD = join(root, 'dist', 'load-tests', 'load.js');
const SOAK = join(root, 'dist', 'load-tests', 'soak.js');

function read(...words: readonly string[]): LoadOptions {
  const options = readLoadOptions(words);
  assert.notEqual(options, 'help');
  return options as LoadOptions;
}

describe('options of a load', () => {
  it('are those that were asked for', () => {
    const options = read(...'--accounts 40 --ticks 2500 --seconds 12 --nodes 3 --phases steady,slow --tls --json'.split(' '));
    const { accounts, ticks, seconds, nodes, phases, tls, json, ledger } = options;
    assert.deepEqual(
      { accounts, ticks, seconds, nodes, phases, tls, json },
      { accounts: 40, ticks: 2_500, seconds: 12, nodes: 3, phases: ['arrive', 'steady', 'slow'], tls: true, json: true },
    );
    assert.equal(ledger, 'postgres', 'several nodes share a server');
  });

  it('without any are one node on the embedded ledger through all phases', () => {
    const { nodes, ledger, phases, find, cluster } = read();
    assert.deepEqual(
      { nodes, ledger, phases, find, cluster },
      { nodes: 1, ledger: 'embedded', phases: PHASES, find: undefined, cluster: undefined },
    );
  });

  it('that make no sense are refused in a sentence that names them', () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['--accounts 0', /--accounts is "0"/],
      ['--accounts many', /--accounts is "many"/],
      ['--accounts 1.5', /whole number/],
      ['--seconds -3', /argument|--seconds/],
      ['--phases steady,calm', /--phases is "calm"/],
      ['--phases rolling', /rolling needs several nodes/],
      ['--nodes 2 --ledger embedded', /--ledger postgres/],
      ['--find-rate --find-accounts', /One search at a time/],
      ['--cluster nats://127.0.0.1:4222 --speed 5', /--speed 1/],
      ['--accounts 20000', /--accounts is "20000"/],
      ['--colour red', /--colour/],
      ['stray', /stray/],
    ];
    for (const [line, sentence] of wrong)
      assert.throws(
        () => readLoadOptions(line.split(' ')),
        (error: unknown) => error instanceof UsageError && sentence.test(error.message),
        line,
      );
  });

  it('of the phases of a cluster are one of several nodes, on a bus of its own where none is named', () => {
    const { cluster, phases, speed } = read('--nodes', '3', '--phases', 'failover,rolling');
    assert.deepEqual([cluster, phases, speed], [OWN_BUS, ['arrive', 'rolling', 'failover'], 1]);
    assert.equal(read('--nodes', '3', '--phases', 'rolling', '--cluster', 'nats://there:4222').cluster, 'nats://there:4222');
    assert.equal(read('--nodes', '3', '--phases', 'steady').cluster, undefined);
  });

  it('in a cluster the market passes in real time, whatever the accounts', () => {
    assert.equal(read('--cluster', 'nats://127.0.0.1:4222', '--accounts', '10').speed, 1);
    assert.equal(usualSpeed(10_000, 1_000), 1);
    assert.ok(usualSpeed(100, 1_000) > 1);
    assert.ok(usualSpeed(100, 50) < usualSpeed(100, 1_000), 'ticks that are far apart are no reference of a fast market');
  });

  it('each has its line in the help, which both commands print', () => {
    const told = execFileSync(process.execPath, [LOAD, '--help'], { encoding: 'utf8' });
    assert.equal(told, HELP);
    for (const name of ['accounts', 'ticks', 'seconds', 'nodes', 'json', 'phases', 'find-rate', 'report', 'bound', 'cluster'])
      assert.match(told, new RegExp(`^  --${name}\\b`, 'm'));
    assert.match(execFileSync(process.execPath, [SOAK, '--help'], { encoding: 'utf8' }), /--seconds S/);
  });

  it('a wrong one ends the command with 2 and nothing on stdout', () => {
    for (const program of [LOAD, SOAK]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--seconds', 'none'], { encoding: 'utf8' });
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /--seconds/);
    }
  });
});
