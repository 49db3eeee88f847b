/** No two nodes ever act for one symbol, one tenant or the feed at one instant, and who takes a thing does so under a later epoch. */
import { compareEpochs, type Epoch } from '../../../src/cluster/epoch.js';
import type { WorldChecker } from '../evidence.js';

const text = ({ generation, revision }: Epoch): string => `${generation}.${revision}`;

export const oneHolderPerThing: WorldChecker = ({ cluster: { takings, shared } }) => {
  const newest = new Map<string, Epoch>();
  const back = takings.flatMap(({ thing, node, epoch }) => {
    const before = newest.get(thing);
    if (before !== undefined && compareEpochs(epoch, before) < 0)
      return [`${node} has ${thing} under epoch ${text(epoch)}, after ${text(before)}`];
    newest.set(thing, epoch);
    return [];
  });
  return [...shared.map(({ thing, nodes, atMs }) => `${thing} is held by ${nodes.join(' and ')} at ${atMs}`), ...back];
};
