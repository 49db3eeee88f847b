/**
 * Where numbering goes on after a restore: signals' numbers, epochs, ids of symbols, and what is given over all tenants. What was
 * given since the backup is not known, and one backup may be restored twice: a leap of a fixed length would then give the same
 * numbers a second time. So numbering goes on at the time of the restore, in steps so small that no count has overtaken them; a
 * clock that is behind what was given already falls back to a leap.
 */
import { LIMITS } from '../../limits.js';

/** 2026-01-01, UTC. */
const COUNTED_FROM_MS = 1_767_225_600_000;

/** The place that the time of a restore has among numbers. */
export function placeOfRestore(atMs: number): number {
  return Math.max(0, Math.floor(((atMs - COUNTED_FROM_MS) * LIMITS.ledger.numbersPerSecond) / 1_000));
}

export function numberAfterRestore(newest: number, atMs: number): number {
  const place = placeOfRestore(atMs);
  return place > newest ? place : newest + LIMITS.ledger.restoreLeap;
}
