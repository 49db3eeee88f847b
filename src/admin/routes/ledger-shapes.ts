/** Rows of the ledger as they are answered: what is not named here is not shown. */
import { z } from 'zod';

export const atMs = z.int().describe('Milliseconds since 1970, UTC.');
const id = z.string().describe('A UUID.');
const ticket = z.string().describe('Of the broker: up to 64 bits as decimal digits.');
export const halt = z.object({ reason: z.string(), atMs, by: z.string() });
/** Names and values that differ from case to case. */
export const figures = z.record(z.string(), z.unknown());

export const tenantShape = z.object({
  id: z.string(),
  name: z.string(),
  tier: z.string(),
  signalTimeframe: z.string(),
  strategy: z.string(),
  symbols: z.array(z.string()),
  trading: figures.describe('What was set; all else is as `suho tenant` tells.'),
  stopped: halt.nullable(),
  createdAt: atMs,
});

export const accountShape = z.object({
  id,
  tenantId: z.string(),
  mode: z.string(),
  previousUntil: atMs.nullable().describe('Until when the key before is valid as well.'),
  keyUsedAt: atMs.nullable(),
  keyRevoked: z.boolean(),
  magicBase: z.int(),
  seq: z.int().describe('Number of its newest signal.'),
  epoch: z.int(),
  login: z.int().nullable(),
  server: z.string().nullable(),
  currency: z.string().nullable(),
  instance: z.string().nullable(),
  suho1Table: z.string().nullable(),
  trading: figures,
  disabled: halt.nullable(),
  createdAt: atMs,
});

export const signalShape = z.object({
  id,
  accountId: id,
  tenantId: z.string(),
  seq: z.int(),
  strategy: z.string(),
  symbol: z.string(),
  timeframe: z.string(),
  closeTime: atMs,
  kind: z.string(),
  targetId: id.nullable(),
  position: ticket,
  direction: z.string(),
  entry: z.number(),
  entryLow: z.number(),
  entryHigh: z.number(),
  stopLoss: z.number(),
  takeProfit: z.number(),
  volume: z.number(),
  riskPercent: z.number(),
  plannedLoss: z.number(),
  score: z.number(),
  strength: z.string(),
  parts: z.object({ ml: z.number().optional(), pattern: z.number().optional(), technical: z.number().optional() }),
  validUntil: atMs,
  state: z.string(),
  reason: z.string().nullable(),
  instance: z.string().nullable(),
  filledVolume: z.number(),
  remainingVolume: z.number(),
  fillPrice: z.number(),
  createdAt: atMs,
  updatedAt: atMs,
});

export const refusalShape = z.object({
  accountId: id,
  tenantId: z.string(),
  strategy: z.string(),
  symbol: z.string(),
  timeframe: z.string(),
  closeTime: atMs,
  direction: z.string(),
  reason: z.string(),
  figures: figures.describe('The numbers that were compared.'),
  createdAt: atMs,
});

export const executionShape = z.object({
  accountId: id,
  tenantId: z.string(),
  signalId: id,
  attempt: z.int(),
  outcome: z.string(),
  requestedVolume: z.number(),
  filledVolume: z.number(),
  price: z.number(),
  retcode: z.int(),
  order: ticket,
  position: ticket,
  deals: z.array(ticket),
  receivedAt: atMs,
  doneAt: atMs,
  sentence: z.string(),
});

export const dealShape = z.object({
  accountId: id,
  tenantId: z.string(),
  deal: ticket,
  order: ticket,
  position: ticket,
  signalId: id.nullable(),
  symbol: z.string(),
  entry: z.string(),
  direction: z.string(),
  volume: z.number(),
  price: z.number(),
  profit: z.number(),
  commission: z.number(),
  swap: z.number(),
  reason: z.string(),
  magic: ticket,
  brokerTime: atMs,
});

export const riskEventShape = z.object({
  id,
  tenantId: z.string(),
  accountId: id,
  atMs,
  kind: z.string(),
  severity: z.string(),
  sentence: z.string(),
  limitValue: z.number().nullable(),
  currentValue: z.number().nullable(),
  action: z.string().nullable(),
});

export const auditShape = z.object({
  tenantId: z.string(),
  writer: z.int(),
  seq: z.int(),
  atMs,
  kind: z.string(),
  subject: z.string(),
  body: z.string().describe('JSON, letter for letter as it was hashed.'),
  hash: z.string(),
});
