import type { NamedQuery } from '../named-query.js';
import * as accounts from './accounts.js';
import * as brokerComparison from './broker-comparison.js';
import * as brokers from './brokers.js';
import * as features from './features.js';
import * as market from './market.js';
import * as predictions from './predictions.js';

/** Every named query there is: what a test tries with another tenant. */
export const ALL_QUERIES: readonly NamedQuery[] = [accounts, brokers, brokerComparison, predictions, market, features].flatMap(
  (queries) => Object.values(queries as Readonly<Record<string, NamedQuery>>),
);
