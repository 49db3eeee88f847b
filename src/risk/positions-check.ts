import { leastOf, passed, type RiskCheck, refused } from './risk-check.js';

/** There is room for another position, the user's own and what is under way counted with ours. */
export const positionsCheck: RiskCheck = {
  name: 'positions',
  check: ({ holdings: { known, list }, decision: { symbol }, settings, caps }) => {
    if (known === 'not yet') return refused('positions-unknown', {});
    const positionsMost = leastOf(settings.openPositionsMost, caps.userPositions);
    if (positionsMost !== undefined && list.length >= positionsMost)
      return refused('too-many-positions', { positions: list.length, positionsMost });
    const { positionsPerSymbolMost } = settings;
    if (positionsPerSymbolMost === null) return passed({ positions: list.length });
    const ofSymbol = list.filter(({ of }) => of?.symbol === symbol).length;
    const figures = { positions: list.length, positionsOfSymbol: ofSymbol, positionsPerSymbolMost };
    return ofSymbol >= positionsPerSymbolMost ? refused('too-many-of-symbol', figures) : passed(figures);
  },
};
