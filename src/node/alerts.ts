/** The node's alerts: what they are fed by, and what a person in a chat may have done. By the machine's clock, beside the engine. */
import { AlertDesk, type AlertDeskOptions } from '../admin/alerts/alert-desk.js';
import { AlertFile } from '../admin/alerts/alert-file.js';
import { alertMethods } from '../admin/alerts/alert-methods.js';
import { AlertLook } from '../admin/alerts/alert-look.js';
import { readAlertSettings } from '../admin/alerts/alert-settings-file.js';
import type { ControlMethods } from '../admin/control.js';
import type { NodeStatus } from '../admin/control-methods.js';
import type { Route } from '../admin/route.js';
import { alertRoutes } from '../admin/routes/alerts.js';
import { tellAlert } from '../admin/streams/tell-alert.js';
import { ALERT_SEVERITIES } from '../alerts/rule.js';
import { systemClock } from '../runtime/clock.js';
import { entropyIds } from '../runtime/ids.js';
import type { Metrics } from '../runtime/metrics.js';
import type { BalanceRow } from '../storage/ledger/history.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import type { Ground } from './ground.js';
import type { Closing, Node, NodeOptions } from './node.js';
import type { Services } from './services.js';

/** Lines of an answer in a chat. */
const LINES = 20;

export interface Alerts {
  readonly routes: readonly Route[];
  readonly methods: ControlMethods;
}

export async function openAlerts(
  { config, stores, random, log, lines }: NodeOptions,
  { metrics, watch, streams }: Ground,
  node: Node,
  { methods, jobs }: Services,
  closing: Closing,
): Promise<Alerts> {
  const runner = jobs?.runner;
  const look = new AlertLook({
    metrics,
    clock: systemClock,
    folder: config.data,
    readiness: node.readiness,
    latencies: () => watch.latencies(),
    ...(runner === undefined ? {} : { jobs: () => runner.list() }),
  });
  const desk = await AlertDesk.open({
    settings: await readAlertSettings(config.alerts),
    file: new AlertFile(config.data),
    clock: systemClock,
    ids: entropyIds,
    random: random.fork('alerts'),
    log,
    look: () => look.look(),
    tell: (action) => stores.ledger.tellAction(action),
    changed: (alert) => streams && tellAlert(streams.hub, alert),
    engine: engineOf(stores.ledger, methods),
  });
  watch.attach((reading) => desk.read(reading));
  const unhear = lines?.hear((line) => watch.line(line));
  closing.push(
    () => desk.close(),
    () => unhear?.(),
  );
  watchDesk(metrics, desk);
  watchFigures(metrics, look);
  return { routes: alertRoutes(desk), methods: alertMethods(desk) };
}

type Engine = AlertDeskOptions['engine'];

function engineOf(ledger: NodeOptions['stores']['ledger'], methods: ControlMethods): Engine {
  const call = async <T>(method: string, input: unknown): Promise<T> => (await methods[method]?.(input)) as T;
  return {
    status: async ({ tenantId }) => statusText(await call<NodeStatus>('status', null), tenantId === null),
    positions: async ({ tenantId }) => positionsText(await openBalances(ledger, tenantId)),
    stop: async (tenantId, reason) => {
      await (tenantId === null ? call('node.halt', { reason }) : call('tenant.halt', { id: tenantId, reason }));
      return `${tenantId === null ? 'The node' : `Tenant ${tenantId}`} is stopped: nothing more is opened. suho resume lifts it.`;
    },
  };
}

/** A tenant's person hears whether the engine works, and not by what. */
function statusText({ ready, parts, counts, latencyMs, engineTime }: NodeStatus, whole: boolean): string {
  const head = `${ready ? 'Ready' : 'Not ready'}, ${engineTime.slice(0, 19).replace('T', ' ')} UTC.`;
  if (!whole) return head;
  const down = Object.entries(parts).flatMap(([name, { ok, detail }]) => (ok ? [] : [`${name}: ${detail ?? 'does not work'}`]));
  const { sessions = 0, sent = 0, executed = 0, refused = 0 } = counts;
  return [
    head,
    ...down.slice(0, LINES),
    `${sessions} EAs, ${sent} signals sent, ${executed} executed, ${refused} refused.`,
    `Tick to socket: p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms.`,
  ].join('\n');
}

/** Of each account whose EA told of open positions, as it told last. */
async function openBalances(
  ledger: Pick<Ledger, 'listAccounts' | 'newestBalances'>,
  tenantId: string | null,
): Promise<BalanceRow[]> {
  const open: BalanceRow[] = [];
  for (let after: string | undefined, more = true; more; ) {
    const page = await ledger.listAccounts({ ...(tenantId && { tenantId }), ...(after && { after }) });
    const balances = await ledger.newestBalances(page.rows.map(({ id }) => id));
    open.push(...balances.filter(({ openPositions }) => openPositions > 0));
    after = page.next;
    more = after !== undefined;
  }
  return open;
}

function positionsText(open: readonly BalanceRow[]): string {
  if (open.length === 0) return 'Nothing is open, as far as EAs have told.';
  const lines = [...open]
    .sort((a, b) => b.openPositions - a.openPositions)
    .slice(0, LINES)
    .map(({ tenantId, accountId, openPositions, floatingProfit, equity }) => {
      const money = `floating ${floatingProfit.toFixed(2)}, equity ${equity.toFixed(2)}`;
      return `${tenantId} ${accountId.slice(0, 8)}: ${openPositions} open, ${money}`;
    });
  return [...lines, ...(open.length > LINES ? [`and ${open.length - LINES} accounts more`] : [])].join('\n');
}

/** Of the newest look; jobs are in the ledger, and a scrape waits for nobody. */
function watchFigures(metrics: Metrics, look: AlertLook): void {
  const figures = [
    ['suho_job_instants_owed', 'Instants that a job owes', 'job', 'job-behind'],
    ['suho_job_failures', 'Failures in a row of a job', 'job', 'job-failing'],
    ['suho_disk_used_percent', 'How full the data folder’s disk is', 'of', 'disk-filling'],
    ['suho_memory_used_percent', 'How much of the machine’s memory the process holds', 'of', 'memory-high'],
    ['suho_spill_used_percent', 'How full the disk’s room is for what waits for a store, by writer', 'writer', 'spill-filling'],
    ['suho_part_down', 'Whether a part of the node does not work', 'part', undefined],
  ] as const;
  for (const [name, help, label, rule] of figures)
    metrics.gauge(name, help, [label], (gauge) => {
      for (const { subject, value } of rule === undefined ? look.parts : look.newest(rule))
        gauge.set({ [label]: subject }, value);
    });
}

function watchDesk(metrics: Metrics, desk: AlertDesk): void {
  metrics.gauge(
    'suho_alerts',
    'Alerts that stand, by severity and whether somebody has acknowledged them',
    [...(['severity', 'acknowledged'] as const)],
    (gauge) => {
      const standing = desk.list().filter(({ resolvedMs }) => resolvedMs === null);
      for (const severity of ALERT_SEVERITIES)
        for (const acknowledged of [true, false]) {
          const count = standing.filter(
            (one) => one.severity === severity && (one.acknowledged !== null) === acknowledged,
          ).length;
          gauge.set({ severity, acknowledged: String(acknowledged) }, count);
        }
    },
  );
  metrics.gauge('suho_alert_notices_waiting', 'Notices that wait for a channel', ['channel'], (gauge) => {
    for (const { name, waiting } of desk.channels) gauge.set({ channel: name }, waiting);
  });
}
