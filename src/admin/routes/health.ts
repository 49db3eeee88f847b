/** What machines ask: is it alive, is it ready, what does it count. */
import { z } from 'zod';
import { SUHO_VERSION } from '../../version.js';
import { Refusal } from '../problem.js';
import { type From, Reply, type Route, route } from '../route.js';

export interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, ReadinessPart>>;
}

export interface ReadinessPart {
  readonly ok: boolean;
  /** The node is ready without it: something else is less than it could be. */
  readonly optional?: boolean;
  /** Where it does not work: why. */
  readonly detail?: string;
}

export interface HealthViews {
  readiness(): Promise<Readiness>;
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Whether metrics, and why a part is not ready, may be told there. */
  mayMeasure(from: From): Promise<boolean>;
}

const part = z.object({ ok: z.boolean(), optional: z.boolean().optional(), detail: z.string().optional() });

export function healthRoutes(views: HealthViews): readonly Route[] {
  const shared = { tag: 'health', needs: 'anyone' } as const;
  return [
    route({
      ...shared,
      url: '/livez',
      summary: 'The process answers.',
      answer: z.object({ status: z.literal('alive'), version: z.string() }),
      handle: async () => ({ status: 'alive', version: SUHO_VERSION }),
    }),
    route({
      ...shared,
      url: '/readyz',
      summary: 'Each part of the node, and whether the node may be sent EAs.',
      answer: z.object({ status: z.enum(['ready', 'not ready']), parts: z.record(z.string(), part) }),
      handle: async ({ from }) => {
        const { ready, parts: all } = await views.readiness();
        const parts = (await views.mayMeasure(from)) ? all : {};
        return new Reply({ status: ready ? 'ready' : 'not ready', parts }, { status: ready ? 200 : 503 });
      },
    }),
    route({
      ...shared,
      url: '/metrics',
      summary: 'Metrics as Prometheus reads them.',
      handle: async ({ from }) => {
        if (!(await views.mayMeasure(from)))
          throw new Refusal(401, 'metrics are told from the addresses of metricsFrom, or to who may see the node');
        const { contentType, body } = await views.metrics();
        return new Reply(body, { type: contentType });
      },
    }),
  ];
}
