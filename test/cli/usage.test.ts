import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { SUHO_VERSION } from '../../src/version.js';
import { each, suho } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const LEAVES = [
  'start',
  'replay',
  'candles',
  'features',
  'frame decode',
  'frame encode',
  'tenant add',
  'tenant set',
  'tenant list',
  'account add',
  'account list',
  'account mode',
  'models own add',
  'models own list',
  'models own remove',
  'config check',
  'config print',
  'backup',
  'restore',
  'status',
  'graph',
  'doctor',
  'support',
];
const COMMANDS = ['', 'frame', 'tenant', 'account', 'models', 'models own', 'config', ...LEAVES];

function words(line: string): string[] {
  return line.split(' ').filter((word) => word !== '');
}

test('every command tells its help and its version, on stdout, with exit 0', async () => {
  await using folder = await temporaryFolder();
  await each(COMMANDS, async (command) => {
    const help = await suho([...words(command), '--help'], { cwd: folder.path });
    assert.equal(help.code, 0, command);
    assert.match(help.stdout, new RegExp(`^Usage: suho ${command}`), command);
    assert.equal(help.stderr, '', command);
  });
  await each(['', 'tenant', 'account add', 'frame decode', 'start', 'doctor'], async (command) => {
    const version = await suho([...words(command), '--version'], { cwd: folder.path });
    assert.deepEqual(version, { code: 0, stdout: `${SUHO_VERSION}\n`, stderr: '' }, command);
  });
  assert.deepEqual(await readdir(folder.path), []);
});

test('the top help names every command', async () => {
  await using folder = await temporaryFolder();
  const { stdout } = await suho(['--help'], { cwd: folder.path });
  for (const command of new Set(LEAVES.map((leaf) => leaf.split(' ')[0])))
    assert.match(stdout, new RegExp(`^  ${command}\\b`, 'm'));
});

const RUBBISH: readonly (readonly [line: string, named: RegExp])[] = [
  ['banana', /unknown command 'banana'.*suho --help/],
  ['tenant banana', /unknown command 'banana'.*suho tenant --help/],
  ['start --banana', /unknown option '--banana'/],
  ['start banana', /too many arguments/],
  ['start --once --hours soon', /--hours.*'soon'.*a number from 0\.1 to 168/],
  ['start --ea-port 70000', /--ea-port is "70000".*at most 65535/],
  ['start --seed -1', /--seed.*at least 0/],
  ['start --ledger mysql://user:hunter2@h/db', /--ledger must be/],
  ['replay --symbol EURUSD', /--input/],
  ['replay --input x.csv', /--symbol/],
  ['replay --input x.csv --symbol ?', /--symbol \? is no symbol/],
  ['replay --input x.csv --symbol EURUSD --timeframe M2', /M2 is not known.*M1, M5/],
  ['replay --input x.csv --symbol EURUSD --price last', /--price/],
  ['candles --input x.csv --symbol EURUSD', /--timeframe/],
  ['features --symbol EURUSD --timeframe M1', /--input/],
  ['features --input x.csv --timeframe M1', /--symbol/],
  ['features --input x.csv --symbol EURUSD', /--timeframe/],
  ['features --input x.csv --symbol ? --timeframe M1', /--symbol \? is no symbol/],
  ['features --input x.csv --symbol EURUSD --timeframe M2', /M2 is not known.*M1, M5/],
  ['features --input x.csv --symbol EURUSD --timeframe M1 --format xml', /--format.*csv, ndjson, parquet/],
  ['features --input x.csv --symbol EURUSD --timeframe M1 --format csv --json', /--json and --format csv/],
  ['features --input x.csv --symbol EURUSD --timeframe M1 --with y.csv', /--with y\.csv is not a symbol and its file/],
  ['features --input x.csv --symbol EURUSD --timeframe M1 --with EURUSD=y.csv', /EURUSD is read by --input already/],
  ['features --input - --symbol EURUSD --timeframe M1 --with USDJPY=-', /Standard input can be read once/],
  ['features --list --symbol EURUSD', /--list.*cannot be used with.*--symbol/],
  ['features --list --format parquet', /--list is told as csv or ndjson/],
  ['features --banana', /unknown option '--banana'/],
  ['tenant add --tier pro', /missing required argument 'id'/],
  ['tenant add harbour', /--tier/],
  ['tenant add harbour --tier gold', /a tier is one of free, basic, pro, enterprise/],
  ['tenant add Harbour --tier pro', /an id is 1 to 63 lower-case/],
  ['tenant add harbour --tier pro --symbols EURUSD,EURXXX', /EURXXX is not a symbol/],
  ['account add --tenant harbour --count two', /a count is a whole number/],
  ['account add --tenant harbour --count 0', /a count is at least 1/],
  ['account add --tenant harbour --mode brave', /a mode is one of observe, demo, live/],
  ['account mode 17 demo', /an account is named by its id/],
  ['account add', /--tenant/],
  ['models own add --tenant north', /missing required argument 'file'/],
  ['models own add package.json', /--tenant/],
  ['models own list --tenant North', /a tenant is named by its id/],
  ['models own remove Net --tenant north', /a model has a name of small letters/],
  ['backup', /--output/],
  ['backup --output b extra', /too many arguments/],
  ['backup --output b --ledger mysql://user:hunter2@h/db', /--ledger must be/],
  ['restore', /--input/],
  ['restore --input b --banana', /unknown option '--banana'/],
  ['restore --input b --replace all', /only by these words: --replace "replace the ledger"/],
  ['doctor --http-port many', /--http-port is "many"/],
];

test('rubbish is refused with exit 2 in one line that names it, nothing on stdout, and nothing made', async () => {
  await using folder = await temporaryFolder();
  await each(RUBBISH, async ([line, named]) => {
    const { code, stdout, stderr } = await suho(words(line), { cwd: folder.path });
    assert.equal(code, 2, `${line}: ${stderr}`);
    assert.equal(stdout, '', line);
    assert.match(stderr, /^suho: [^\n]+\n$/, line);
    assert.match(stderr, named, line);
    assert.doesNotMatch(stderr, /hunter2/);
  });
  assert.deepEqual(await readdir(folder.path), []);
});

test('a command that is only a group tells its help on stderr with exit 2', async () => {
  await using folder = await temporaryFolder();
  await each(['', 'tenant', 'frame'], async (command) => {
    const { code, stdout, stderr } = await suho(words(command), { cwd: folder.path });
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^Usage: suho/);
  });
});
