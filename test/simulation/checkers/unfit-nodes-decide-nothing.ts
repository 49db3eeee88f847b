/** A node whose ledger has been out of reach for long, or whose clock is off, decides nothing while another could. */
import type { WorldChecker } from '../evidence.js';

/** A call of the ledger's that is not answered, the next look, the renewal that tells it, and a life's end where that does not get through. */
const FOUND_MS = 15_000;
/** The other has come back, was given its share, and is taken to be there. */
const SETTLED_MS = 20_000;

export const unfitNodesDecideNothing: WorldChecker = ({ cluster: { decisions } }) =>
  decisions
    .filter(({ unfitForMs, otherWellForMs }) => unfitForMs > FOUND_MS && otherWellForMs > SETTLED_MS)
    .map(({ what, node, unfitForMs }) => `${node} decided ${what}, though it had been unfit for ${unfitForMs} ms`);
