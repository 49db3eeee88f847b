/** observe: signals are shown, none is executed; demo: executed on demo accounts; live: executed with real money. */
export const ACCOUNT_MODES = ['observe', 'demo', 'live'] as const;
export type AccountMode = (typeof ACCOUNT_MODES)[number];
