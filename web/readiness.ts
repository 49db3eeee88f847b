/** Each part of the node, and whether it works. */
import type { Told } from './answers.js';
import { useResource } from './resource.js';

const EVERY_MS = 4_000;

/** Of a node that is not ready the parts are told under a status of its own. */
async function readiness(): Promise<Told<'/readyz'>> {
  const response = await fetch('/readyz');
  return (await response.json()) as Told<'/readyz'>;
}

export function useReadiness() {
  return useResource('readyz', readiness, { everyMs: EVERY_MS });
}
