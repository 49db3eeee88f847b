/** Nothing grows without bound: when all is done, no part of a node holds more than what is there calls for. */
import type { WorldChecker } from '../evidence.js';

export const nothingGrows: WorldChecker = ({ nodes }) =>
  nodes.flatMap(({ node, sizes, bounds }) =>
    Object.entries(sizes)
      .filter(([name, size]) => size > (bounds[name] ?? 0))
      .map(([name, size]) => `${name} of ${node} is ${size} at rest, and ${bounds[name] ?? 0} at most`),
  );
