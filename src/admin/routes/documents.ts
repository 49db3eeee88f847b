/** The interface described: for machines as OpenAPI, for people as a page without scripts. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { askedSchema } from '../json-schema.js';
import { Reply, type Route, route } from '../route.js';

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;text-transform:capitalize}
section{border-top:1px solid #8885;padding:.75rem 0}
h3{margin:0;font:600 1rem ui-monospace,monospace;overflow-wrap:anywhere}
p{margin:.25rem 0}
table{border-collapse:collapse;margin:.5rem 0}
td,th{text-align:left;padding:.15rem 1rem .15rem 0;vertical-align:top}
code{font:.9em ui-monospace,monospace}`;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);

interface Described {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
}

function kindOf({ type, enum: named, default: usual }: Described): string {
  const kind = (named ?? [type ?? '']).flat().join(' | ');
  return usual === undefined ? kind : `${kind}, ${String(usual)} unasked`;
}

function rowsOf(where: string, schema: z.ZodType): readonly string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const { properties = {}, required = [] } = askedSchema(schema) as {
    readonly properties?: Readonly<Record<string, Described>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, described]) => {
    const cells = [where, `<code>${escaped(name)}</code>${required.includes(name) ? '' : '?'}`];
    return `<tr><td>${[...cells, escaped(kindOf(described)), escaped(described.description ?? '')].join('</td><td>')}</td></tr>`;
  });
}

function sectionOf({ method, url, summary, needs, secondFactor, params, query, body }: Route): string {
  const rows = [...rowsOf('address', params), ...rowsOf('query', query), ...rowsOf('body', body)];
  const table = rows.length === 0 ? '' : `<table>${rows.join('')}</table>`;
  const needed =
    needs === 'anyone' ? 'Anybody may ask.' : `Needs <code>${needs}</code>${secondFactor ? ' and a second factor' : ''}.`;
  return `<section><h3>${method} ${escaped(url)}</h3><p>${escaped(summary)}</p><p>${needed}</p>${table}</section>`;
}

function page(routes: readonly Route[]): string {
  const tags = [...new Set(routes.map(({ tag }) => tag))].sort();
  const parts = tags.map((tag) => {
    const own = routes.filter((one) => one.tag === tag).sort((a, b) => a.url.localeCompare(b.url));
    return `<h2 id="${escaped(tag)}">${escaped(tag)}</h2>${own.map(sectionOf).join('')}`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Suho over HTTP</title><style>${STYLE}</style></head><body><h1>Suho over HTTP</h1>
<p>For machines: <a href="/openapi.json">openapi.json</a>.</p>${parts.join('')}</body></html>`;
}

interface Documented {
  /** All of the node’s; these two join them. */
  readonly routes: readonly Route[];
  readonly openApi: () => unknown;
}

export function documentRoutes({ routes, openApi }: Documented): readonly Route[] {
  let document: string | undefined;
  let shown: string | undefined;
  const shared = { tag: 'documents', needs: 'anyone' } as const;
  return [
    route({
      ...shared,
      url: '/openapi.json',
      summary: 'The interface as OpenAPI 3.1.',
      handle: async () => {
        document ??= JSON.stringify(openApi());
        return new Reply(document, { type: 'application/json; charset=utf-8' });
      },
    }),
    route({
      ...shared,
      url: '/docs',
      summary: 'The interface as a page.',
      handle: async () => {
        shown ??= page(routes);
        return new Reply(shown, { type: 'text/html; charset=utf-8', headers: { 'content-security-policy': POLICY } });
      },
    }),
  ];
}
