/** Why a stream is ended by the node: the code and the reason of its close. */
export type Cut = 'ending' | 'garbage' | 'over' | 'other-rights' | 'slow' | 'too-many';

export const CUTS: Readonly<Record<Cut, { readonly code: number; readonly reason: string }>> = {
  ending: { code: 1001, reason: 'the node is ending' },
  garbage: { code: 4400, reason: 'that is no message of this stream' },
  over: { code: 4401, reason: 'your session is over; come again with another' },
  'other-rights': { code: 4403, reason: 'what you may see has changed; come again' },
  slow: { code: 4408, reason: 'you read too slowly; come again with your cursors' },
  'too-many': { code: 4429, reason: 'you ask too often' },
};
