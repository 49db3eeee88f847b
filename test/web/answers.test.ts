import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { z } from 'zod';
import { answerSchema, type JsonSchema } from '../../src/admin/json-schema.js';
import { until } from '../support/actors.js';
import { addressOf } from '../../web/address.js';
import { type Address, ANSWERS } from '../../web/answers.js';
import { openNode, type NodeUnderTest } from './page-under-test.js';

const PATIENCE_MS = 60_000;

type Properties = Readonly<Record<string, JsonSchema>>;

/** Or itself again, as of actors below actors. */
const anything = (schema: JsonSchema): boolean =>
  Object.keys(schema).every((keyword) => keyword === 'description' || keyword === '$ref');
const typesOf = ({ type, anyOf }: JsonSchema): readonly string[] => {
  const own = type === undefined ? [] : [type].flat().map(String);
  const several = (anyOf ?? []) as readonly JsonSchema[];
  return [...own, ...several.flatMap(typesOf)].map((one) => (one === 'integer' ? 'number' : one));
};
const shapeOf = (schema: JsonSchema): JsonSchema =>
  ((schema.anyOf ?? []) as readonly JsonSchema[]).find(({ type }) => type !== 'null') ?? schema;

/** What the page reads that the route does not answer, each by its place. */
function missing(read: JsonSchema, answered: JsonSchema, at: string): readonly string[] {
  if (anything(read) || anything(answered)) return [];
  const [wanted, told] = [shapeOf(read), shapeOf(answered)];
  const strange = typesOf(answered).filter((type) => !typesOf(read).includes(type));
  if (strange.length > 0) return [`${at} may be ${strange.join(' or ')}`];
  if (wanted.items !== undefined && told.items !== undefined)
    return missing(wanted.items as JsonSchema, told.items as JsonSchema, `${at}[]`);
  // Of a map the names are not told; what is in it is held against real answers.
  if (told.properties === undefined) return [];
  const wants = (wanted.properties ?? {}) as Properties;
  const has = told.properties as Properties;
  const required = (told.required ?? []) as readonly string[];
  return Object.entries(wants).flatMap(([name, schema]) => {
    const one = has[name];
    if (one === undefined) return [`${at}.${name} is not answered`];
    if (((wanted.required ?? []) as readonly string[]).includes(name) && !required.includes(name))
      return [`${at}.${name} may be left out`];
    return missing(schema, one, `${at}.${name}`);
  });
}

interface Described {
  readonly paths: Readonly<
    Record<string, { readonly get?: { readonly responses: Readonly<Record<string, { readonly content: Content }>> } }>
  >;
}
type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

describe('what the page reads of a node’s answers', () => {
  let under: NodeUnderTest;
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetch(`${under.url}${path}`, { headers: { cookie: under.cookie } });
    assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
    return answer.json();
  };
  const read = async <A extends Address>(address: A, words = {}): Promise<z.output<(typeof ANSWERS)[A]>> => {
    const told = await ask(addressOf(address, words));
    const parsed = ANSWERS[address].safeParse(told);
    assert.ok(parsed.success, `${address}: ${parsed.error?.message}`);
    return parsed.data as z.output<(typeof ANSWERS)[A]>;
  };
  before(async () => {
    under = await openNode();
  });
  after(() => under?.[Symbol.asyncDispose]());

  it('stands in what each route is described to answer', async () => {
    const { paths } = (await ask('/openapi.json')) as Described;
    for (const [address, schema] of Object.entries(ANSWERS)) {
      const described = paths[address.replace(/:(\w+)/g, '{$1}')]?.get?.responses['200']?.content['application/json']?.schema;
      assert.ok(described, `${address} answers nothing that is described`);
      assert.deepEqual(missing(answerSchema(schema), described, address), []);
    }
  });

  it('is in what a node that trades does answer', async () => {
    const executed = async () => (await read('/v1/signals', { most: 500 })).rows.find(({ fillPrice }) => fillPrice > 0);
    await until(async () => (await executed()) !== undefined, 'a signal is executed', PATIENCE_MS);
    await until(async () => (await read('/v1/refusals')).rows.length > 0, 'a signal is refused', PATIENCE_MS);
    const signal = await executed();
    assert.ok(signal);
    const { accountId, tenantId, id, symbol } = signal;
    const life = await read('/v1/signals/:id', { id });
    assert.ok(life.told.length > 0 && life.executions.length > 0 && life.explanation !== undefined);
    const accounts = (await read('/v1/accounts')).rows;
    const positions = async (): Promise<number> => {
      const views = await Promise.all(accounts.map((account) => read('/v1/accounts/:id', { id: account.id })));
      return views.reduce((sum, { live }) => sum + (live?.positions?.length ?? 0), 0);
    };
    await until(async () => (await positions()) > 0, 'an account has a position', PATIENCE_MS);
    await until(
      async () => (await read('/v1/tenants/:id/results', { id: tenantId })).currencies.length > 0,
      'a trade is closed',
      PATIENCE_MS,
    );
    const [model] = (await read('/v1/models')).rows;
    assert.ok(model);
    const words: Partial<Record<Address, object>> = {
      '/v1/accounts/:id/equity': { id: accountId },
      '/v1/accounts/:id/commands': { id: accountId },
      '/v1/tenants/:id': { id: tenantId },
      '/v1/symbols/:symbol': { symbol },
      '/v1/symbols/:symbol/candles': { symbol, timeframe: 'M1' },
      '/v1/symbols/:symbol/features': { symbol, timeframe: 'M1' },
      '/v1/models/:name': { name: model.name },
    };
    const done = new Set<Address>(['/v1/signals/:id', '/v1/accounts/:id', '/v1/tenants/:id/results']);
    for (const address of Object.keys(ANSWERS) as readonly Address[]) if (!done.has(address)) await read(address, words[address]);
  });
});
