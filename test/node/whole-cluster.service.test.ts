/** Two whole nodes with one ledger and a real NATS server: what each shows of the other, and what is asked of one for what the other has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callNode } from '../../src/admin/control.js';
import type { NodeStatus } from '../../src/admin/control-methods.js';
import type { IssuedAccount } from '../../src/accounts/catalogue.js';
import type { CommandStanding } from '../../src/accounts/command-requests.js';
import type { CommandAnswer } from '../../src/accounts/commands.js';
import { resolveConfig } from '../../src/config.js';
import { parseEndpoint } from '../../src/ea-sim/connection.js';
import { Fleet } from '../../src/ea-sim/fleet.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { type Node, startNode } from '../../src/main.js';
import { systemClock } from '../../src/runtime/clock.js';
import { entropyIds } from '../../src/runtime/ids.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { entropyRandom } from '../../src/runtime/random.js';
import { type NodeStores, openStores } from '../../src/storage/stores.js';
import { until } from '../support/actors.js';
import { enterNode } from '../support/admin-session.js';
import { ledgerFolder } from '../support/ledger-folder.js';
import { natsMissing, startNats } from '../support/nats-server.js';

const SKIP = natsMissing();

interface Whole extends AsyncDisposable {
  readonly folder: string;
  readonly node: Node;
  readonly ledger: NodeStores['ledger'];
  call<R>(method: string, input: unknown): Promise<R>;
}

async function wholeNode(name: string, cluster: string, shared?: NodeStores['ledger']): Promise<Whole> {
  const folder = await ledgerFolder();
  const flags = { data: folder.path, eaPort: 0, wsPort: 'off', tcpPort: 0, httpPort: 0, analytics: 'off', demo: false };
  const { config: alone } = resolveConfig({ flags, environment: {} });
  const config = { ...alone, cluster, node: name };
  const stores = await openStores({ settings: alone, clock: systemClock, onProgress: () => {} });
  const ledger = shared ?? stores.ledger;
  const machine = { clock: systemClock, ids: entropyIds, random: entropyRandom(), log: silentLogger };
  const close = async (): Promise<void> => {
    await stores.close();
    await folder[Symbol.asyncDispose]();
  };
  const options = { config, stores: { ...stores, ledger }, ...machine, holder: name, inference: { threads: 1 } };
  const node = await startNode(options).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    folder: folder.path,
    node,
    ledger,
    call: async <R>(method: string, input: unknown) => {
      const answered = await callNode<R>(folder.path, method, input);
      assert.ok(answered !== undefined, `node ${name} runs`);
      return answered.result;
    },
    [Symbol.asyncDispose]: async () => {
      await node.close();
      await close();
    },
  };
}

async function connect({ node }: Whole, { account, tenant, key }: IssuedAccount): Promise<Fleet> {
  const tcp = node.gateway.listeners.find(({ name }) => name === 'tcp');
  const fleet = new Fleet({
    credentials: [{ account, tenant, key }],
    endpoints: [parseEndpoint(`tcp://127.0.0.1:${tcp?.port}`)],
    prices: new SharedPrices(),
    clock: systemClock,
    random: entropyRandom(),
  });
  fleet.start();
  await until(() => fleet.totals().connected === 1, 'the EA is welcome');
  return fleet;
}

test('two nodes: each shows both and who has what, a command and a view find the session, and a stop stops both', {
  skip: SKIP,
  timeout: 120_000,
}, async () => {
  await using nats = await startNats();
  await using a = await wholeNode('a', nats.url);
  await using b = await wholeNode('b', nats.url, a.ledger);
  const standing = (at: Whole): Promise<NodeStatus> => at.call<NodeStatus>('status', null);

  const made = { id: 'north', tier: 'enterprise', timeframe: 'M1' };
  await a.call('tenant.add', made);
  for (const at of [a, b])
    await until(
      async () => {
        const { cluster } = await standing(at);
        const things = cluster?.leases ?? [];
        const isHad = (kind: string, name: string): boolean =>
          things.some((one) => one.kind === kind && one.name === name && one.node !== null);
        const fit = cluster?.members.filter((member) => member.fit).length;
        return fit === 2 && isHad('feed', 'market') && isHad('symbol', 'EURUSD') && isHad('tenant', 'north');
      },
      `${at.node.http?.url} sees both nodes, and who has the tenant that was made on one of them`,
      30_000,
    );
  const [first, second] = [(await standing(a)).cluster, (await standing(b)).cluster];
  assert.deepEqual(
    first?.members.map(({ node, url }) => [node, url]),
    [
      ['a', a.node.http?.url],
      ['b', b.node.http?.url],
    ],
  );
  assert.equal(first?.generation, second?.generation);

  const [issued] = await a.call<readonly IssuedAccount[]>('account.add', { tenant: 'north', mode: 'demo' });
  assert.ok(issued !== undefined);
  const fleet = await connect(b, issued);
  const wish = { id: issued.account, action: 'close-all', request: entropyIds.idFor('request', systemClock.nowMs()) };
  const answer = await a.call<CommandAnswer>('account.command', wish);
  assert.ok(answer.kind === 'asked', JSON.stringify(answer));
  const one = { id: issued.account, command: answer.command.id };
  await until(
    async () => (await a.call<CommandStanding>('account.command-state', one)).over,
    'its end is known where it was asked',
  );
  assert.equal((await a.call<CommandStanding>('account.command-state', one)).command.state, 'EXECUTED');

  const session = await enterNode(a.folder);
  const shown = (await (await fetch(`${a.node.http?.url}/v1/accounts/${issued.account}`, { headers: session })).json()) as {
    readonly state: string;
    readonly node: string;
    readonly url: string;
    readonly live: { readonly session: object | null };
  };
  assert.deepEqual([shown.state, shown.node, shown.url], ['live', 'b', b.node.http?.url]);
  assert.ok(shown.live.session !== null);
  const cluster = (await (await fetch(`${a.node.http?.url}/v1/cluster`, { headers: session })).json()) as {
    readonly nodes: readonly { readonly name: string; readonly listeners?: readonly string[] }[];
  };
  assert.deepEqual(
    cluster.nodes.map(({ name, listeners }) => [name, listeners !== undefined]),
    [
      ['a', true],
      ['b', false],
    ],
  );

  await a.call('node.halt', { reason: 'a test' });
  await until(async () => /a test/.test((await standing(b)).parts.trading?.detail ?? ''), 'b is stopped', 1_500);
  await b.call('node.resume', null);
  await until(async () => (await standing(a)).parts.trading === undefined, 'a trades again', 1_500);
  await fleet.stop();
});

test('a node does not join others that are too far behind', { skip: SKIP, timeout: 60_000 }, async () => {
  await using nats = await startNats();
  await using a = await wholeNode('a', nats.url);
  // A node of long ago, which renews its life all along.
  const { registry } = a.node.keepers.bus;
  const old = { node: 'old', session: 'its life', version: '0.0.1', protocol: 0, fit: true, why: null, url: null, sessions: 0 };
  let revision = await registry.create('member/old', old);
  let ended = false;
  const renewing = (async () => {
    while (!ended) {
      revision = await registry.replace('member/old', old, revision ?? 0);
      await new Promise((resolve) => systemClock.after(300, () => resolve(undefined)));
    }
  })();
  await assert.rejects(wholeNode('b', nats.url, a.ledger), {
    code: 'VERSIONS_APART',
    message: /node old \(version 0\.0\.1\) speaks protocol 0 and this one 2: they are more than one apart/,
  });
  ended = true;
  await renewing;
});
