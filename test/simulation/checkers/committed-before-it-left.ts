/** Commit, then send: at the instant at which a SIGNAL or COMMAND left its node, its row was committed. */
import type { WorldChecker } from '../evidence.js';

export const committedBeforeItLeft: WorldChecker = ({ left }) =>
  left.filter(({ committed }) => !committed).map(({ kind, id, node }) => `${kind} ${id} left ${node} without a committed row`);
