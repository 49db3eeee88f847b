/** The words between a node and a process that runs a tenant's own models (workers/own-model.ts), each the header of a frame. */

/** What it is told. Behind `load` comes the graph, behind `ask` the window, in doubles. */
export type OwnRequest =
  | { readonly kind: 'load'; readonly key: string; readonly sha256: string; readonly shape: OwnShape }
  | { readonly kind: 'ask'; readonly key: string };

/** How the graph is fed and what of it is heard. */
export interface OwnShape {
  readonly input: string;
  readonly type: 'float32' | 'float64';
  /** With the batch, which is one. */
  readonly dimensions: readonly number[];
  readonly output: string;
  /** Numbers that it says. */
  readonly width: number;
}

/** What it says: one report for each request, in their order, and `ready` before. Behind `answered` come doubles. */
export type OwnReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'loaded'; readonly tookMs: number }
  | { readonly kind: 'answered'; readonly tookMs: number }
  | { readonly kind: 'failed'; readonly message: string };

export const OWN_REPORTS: readonly string[] = ['ready', 'loaded', 'answered', 'failed'] satisfies readonly OwnReport['kind'][];
