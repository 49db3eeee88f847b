/** A route as the description of the interface has it. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { SUHO_VERSION } from '../version.js';
import { answerSchema, askedSchema, type JsonSchema } from './json-schema.js';
import type { Route } from './route.js';

const PROBLEM: JsonSchema = {
  description: 'A problem (RFC 9457).',
  content: {
    'application/problem+json': {
      schema: answerSchema(
        z.object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string(), code: z.string().optional() }),
      ),
    },
  },
};

function isEmpty(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject && Object.keys(schema.shape).length === 0;
}

function needsOf({ needs, secondFactor }: Route): string {
  if (needs === 'anyone') return 'Anybody may ask.';
  return `Needs \`${needs}\`${secondFactor ? ', and a second factor shown lately' : ''}.`;
}

export function describedRoute(route: Route): FastifySchema {
  const { tag, summary, params, query, body, answer, needs } = route;
  return {
    tags: [tag],
    summary,
    description: needsOf(route),
    security: needs === 'anyone' ? [] : [{ token: [] }, { cookie: [] }],
    ...(isEmpty(params) ? {} : { params: askedSchema(params) }),
    ...(isEmpty(query) ? {} : { querystring: askedSchema(query) }),
    ...(body instanceof z.ZodUndefined ? {} : { body: askedSchema(body) }),
    ...(answer === undefined ? {} : { response: { 200: { description: summary, ...answerSchema(answer) } } }),
  };
}

export const OPENAPI: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Suho',
      version: SUHO_VERSION,
      description: 'What a node of Suho shows and does over HTTP. Times are milliseconds since 1970, UTC, or ISO 8601.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'suho_session' },
      },
    },
  },
  // Beside what a route answers, each may answer a problem: for readers alone, since by a route's schema it would be written.
  transform: ({ schema, url }) => {
    const { response = {}, ...rest } = schema ?? {};
    return { schema: { ...rest, response: { ...(response as object), default: PROBLEM } } as FastifySchema, url };
  },
};
