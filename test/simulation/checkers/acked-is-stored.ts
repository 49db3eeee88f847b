/** An ack says "kept": at the instant at which an EA hears it, the deal or result that it told is a row. */
import type { WorldChecker } from '../evidence.js';

export const ackedIsStored: WorldChecker = ({ ackedInVain }) => ackedInVain.map((what) => `${what} was acked and was not stored`);
