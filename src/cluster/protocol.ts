/**
 * The words that nodes speak with each other: what the bus carries and what stands in the registry. Raised when a node of the
 * version before would understand something wrongly; what is only new it leaves out, and what it does not know yet it does without.
 *
 * Nodes that are one apart work together, so that one after the other can be replaced. Those that are further apart never do: the
 * later one does not join, and where it finds itself among them all the same it is unfit.
 */
import type { Member } from './member.js';

export const CLUSTER_PROTOCOL = 2;

/** Of a node whose version did not tell it. */
export const FIRST_PROTOCOL = 1;

type Speaker = Pick<Member, 'node' | 'version' | 'protocol'>;

/** The node that this one cannot be together with, because it is too far behind; undefined where there is none. */
export function tooFarBehind(own: number, members: readonly Speaker[]): Speaker | undefined {
  return members.find(({ protocol }) => own - protocol > 1);
}

export function apartSentence({ node, version, protocol }: Speaker, own: number): string {
  const apart = `node ${node} (version ${version}) speaks protocol ${protocol} and this one ${own}`;
  return `${apart}: they are more than one apart; bring the others to the version between first`;
}
