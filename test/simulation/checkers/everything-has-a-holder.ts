/** Once nothing goes wrong any more all nodes are members, of which each knows, and every symbol, every tenant and the feed has one holder. */
import type { WorldChecker } from '../evidence.js';

export const everythingHasAHolder: WorldChecker = ({ cluster: { atRest }, candles }) => {
  const all = candles.map(({ node }) => node).sort();
  return [
    ...all.flatMap((node) => {
      const known = atRest.members.get(node) ?? [];
      return known.join(' ') === all.join(' ')
        ? []
        : [`${node} knows of ${known.join(', ') || 'nobody'}, and there are ${all.length}`];
    }),
    ...[...atRest.holders]
      .filter(([, nodes]) => nodes.length !== 1)
      .map(([thing, nodes]) => `${thing} is held by ${nodes.join(', ') || 'nobody'} in the end`),
  ];
};
