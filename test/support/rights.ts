import { SPOKEN_HORIZONS } from '../../src/models/model-card.js';
import type { SignalSettings } from '../../src/actors/signal.js';

/** Of a tenant that may hear whatever there is. */
export const EVERY_RIGHT: SignalSettings['rights'] = {
  models: () => true,
  horizons: SPOKEN_HORIZONS,
  ensemble: true,
  patterns: true,
  own: false,
};
