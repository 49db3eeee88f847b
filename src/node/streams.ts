/** What is told over HTTP of what happens: the hub, who tells it, and the sockets at which it is heard. */
import { type Sampled, Samples } from '../admin/streams/samples.js';
import { serveStreams, type StreamServer } from '../admin/streams/serve-streams.js';
import { StreamHub } from '../admin/streams/hub.js';
import { type SpreadEvent, StreamObserver } from '../admin/streams/stream-observer.js';
import { INSTRUMENTS } from '../market/instrument.js';
import { OpenCandles } from '../market/open-candles.js';
import type { QuoteBoard } from '../market/quote-board.js';
import { TIMEFRAMES } from '../market/timeframe.js';
import { systemClock } from '../runtime/clock.js';
import { entropyIds } from '../runtime/ids.js';
import type { Metrics } from '../runtime/metrics.js';
import type { Bus } from '../storage/bus/bus.js';
import { parseSubject, patternOf, subjectOf } from '../storage/bus/subjects.js';
import type { TenantDirectory } from '../tenant-directory.js';
import type { Node } from './node.js';

export interface NodeStreams {
  readonly hub: StreamHub;
  readonly observer: StreamObserver;
  readonly openCandles: OpenCandles;
}

/** The random end of an id made now. */
function nameOfStart(): string {
  return entropyIds.idFor('streams', systemClock.nowMs()).slice(-12);
}

export function openStreams(board: QuoteBoard, tenants: TenantDirectory): NodeStreams {
  const openCandles = new OpenCandles();
  const hub = new StreamHub({
    start: nameOfStart(),
    timers: systemClock,
    market: {
      symbols: INSTRUMENTS.map(({ symbol }) => symbol),
      timeframes: TIMEFRAMES,
      subscribedBy: (tenantId) => tenants.subscribedBy(tenantId),
    },
  });
  const observer = new StreamObserver({ hub, latest: (symbol) => board.latest(symbol), openCandles });
  return { hub, observer, openCandles };
}

/** What happens on one node is heard on all: events of tenants go to the others, and theirs come here. */
export function spreadStreams(
  { observer }: Pick<NodeStreams, 'observer'>,
  node: string,
  bus: Pick<Bus, 'publish' | 'subscribe'>,
): () => void {
  observer.onEvent(({ topic, owner, data }) => {
    bus.publish(subjectOf('shown', { tenant: owner.tenantId, topic }), { node, owner, data });
  });
  const listening = bus.subscribe(patternOf('shown'), ({ subject, payload: { node: teller, owner, data } }) => {
    const topic = parseSubject(subject)?.parts.topic;
    if (teller !== node && topic !== undefined) observer.elsewhere({ topic: topic as SpreadEvent['topic'], owner, data });
  });
  return () => listening.close();
}

/** How deep the load of actors is told: tenants and symbols, each with all that is below it. */
const LOAD_DEPTH = 2;

export function watchStreams(metrics: Metrics, { hub }: NodeStreams): void {
  metrics.gauge('suho_stream_readers', 'Who hears streams', [], (gauge) => gauge.set(hub.readers.size));
  metrics.gauge('suho_stream_kept', 'Events of streams kept for whoever comes back', [], (gauge) => gauge.set(hub.kept));
  metrics.gauge(
    'suho_stream_events',
    'Of streams since the start: messages sent, readers cut for being slow, resumed, met by a gap',
    ['event'],
    (gauge) => {
      for (const [event, count] of Object.entries(hub.counts)) gauge.set({ event }, count);
    },
  );
}

export function listenStreams({ hub }: NodeStreams, { root, figures }: Pick<Node, 'root' | 'figures'>): StreamServer {
  const sampled: Sampled = {
    actors: () => ({
      deadLetters: root.system.deadLetters,
      stoppedForGood: root.system.stoppedForGood.length,
      rows: root.system.load(LOAD_DEPTH),
    }),
    latency: () => ({ ...figures.latencyMs(), atMs: systemClock.nowMs() }),
  };
  const samples = new Samples(hub, systemClock, sampled);
  const server = serveStreams({ hub, clock: systemClock });
  return {
    upgrade: (upgrade) => server.upgrade(upgrade),
    close: () => {
      samples.close();
      server.close();
    },
  };
}
