/** What other nodes tell over the bus comes in here, held against the highest epoch that was heard of. */
import { FEED } from '../actors/feed.js';
import { EpochGate } from '../cluster/epoch.js';
import { thingOf } from '../cluster/member.js';
import { LIMITS } from '../limits.js';
import type { Prediction } from '../signals/prediction.js';
import type { Bus } from '../storage/bus/bus.js';
import { parseSubject, patternOf, subjectOf, type Under } from '../storage/bus/subjects.js';
import type { Root } from '../supervisors/root.js';

export interface OthersOptions {
  readonly node: string;
  readonly bus: Bus;
  readonly root: Pick<Root, 'in'>;
  readonly tenants: () => Iterable<string>;
}

/** Embeddings travel as doubles; nodes of the first protocol told bytes that are none. */
function arrived(prediction: Prediction): Prediction {
  const { shapes } = prediction;
  const embedding: unknown = shapes?.embedding;
  if (shapes === undefined || !(embedding instanceof Float64Array)) return { ...prediction, shapes: undefined };
  return { ...prediction, shapes: { ...shapes, embedding: Float32Array.from(embedding) } };
}

/** What others do comes in, until it is closed. */
export function listenToOthers({ node, bus, root, tenants }: OthersOptions): () => Promise<void> {
  const isOther = (under: Under | undefined): under is Under => under !== undefined && under.node !== node;
  // One way's news may overtake another's: what the next holder tells makes nothing void that came before it on another way.
  const gateOf = (): ((thing: string, under: Under | undefined) => boolean) => {
    const gate = new EpochGate();
    return (thing, under) => isOther(under) && gate.admits(thing, under);
  };
  const admits = { ticks: gateOf(), features: gateOf(), candles: gateOf(), decisions: gateOf() };
  const consumed = (what: string): { readonly durable: string } => ({ durable: `${what}-of-${node}` });

  const listening = [
    bus.subscribe(patternOf('ticks'), ({ payload: { under, ...batch } }) => {
      if (admits.ticks(FEED, under)) root.in.ticks(batch);
    }),
    bus.subscribe(patternOf('features'), ({ payload: { under, prediction, ...vector } }) => {
      if (admits.features(thingOf('symbol', vector.candle.symbol), under))
        root.in.handed(vector, prediction && arrived(prediction));
    }),
    bus.subscribe(patternOf('live'), ({ subject, payload: { under, ...told } }) => {
      const tenantId = parseSubject(subject)?.parts.tenant;
      if (tenantId !== undefined && isOther(under)) root.in.signal(tenantId, { kind: 'elsewhere', told });
    }),
    bus.subscribe(patternOf('node'), ({ subject }) => {
      if (parseSubject(subject)?.parts.node === node) return;
      for (const tenantId of tenants()) root.in.signal(tenantId, { kind: 'tell-live' });
    }),
  ];
  // Acknowledged is what its actor has been told, and a crash loses what actors have not come to.
  const again = LIMITS.cluster.candlesAgain;
  const candles = bus.consume(patternOf('candle'), { ...consumed('candles'), again }, ({ payload: { under, ...candle } }) => {
    if (admits.candles(thingOf('symbol', candle.symbol), under)) root.in.candle(candle);
  });
  const decisions = bus.consume(patternOf('decision'), consumed('decisions'), ({ payload: { under, lineage, ...decision } }) => {
    if (!admits.decisions(thingOf('tenant', decision.tenantId), under)) return;
    const timed = lineage === undefined ? { decision } : { decision, lineage };
    root.in.signal(decision.tenantId, { kind: 'decided', timed });
  });
  // Whoever hears it tells what its accounts have open.
  bus.publish(subjectOf('node', { node }), null);
  return async () => {
    for (const one of listening) one.close();
    await Promise.all([candles.close(), decisions.close()]);
  };
}
