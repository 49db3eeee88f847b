/** What this node may act for now, for all who act: asked at each use, and told of when it changes. */
import type { Epoch } from './epoch.js';

export interface Roles {
  /** Under which epoch this node acts for the thing now; undefined where it must not. */
  holds(thing: string): Epoch | undefined;
  /** Calls with each thing that this node has just got or lost. */
  follow(listener: (thing: string, held: boolean) => void): () => void;
}

const ALONE: Epoch = { generation: 0, revision: 0 };

/** A node that is in no cluster acts for everything. */
export const EVERY_ROLE: Roles = { holds: () => ALONE, follow: () => () => {} };
