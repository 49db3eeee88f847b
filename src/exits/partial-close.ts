import type { ExitRule } from './exit-rule.js';
import { hasGained } from './gain.js';
import { isFrozen } from './stop-move.js';

const SLACK = 1e-6;

/** A share is closed once, at a gain: whole steps of volume, at least the minimum, and at least the minimum is left; or not at all. */
export const partialClose: ExitRule = (view, settings) => {
  if (!settings.partial || !hasGained(view, settings.partialAtR) || isFrozen(view)) return undefined;
  const { volumeStep, volumeMin } = view.symbol;
  const steps = (volume: number): number => volume / volumeStep;
  const open = Math.round(steps(view.position.volume));
  // What was closed already, by whomever, was closed once.
  if (open < Math.round(steps(view.signal.filledVolume))) return undefined;
  const part = Math.floor(steps(view.position.volume * settings.partialShare) + SLACK);
  const least = Math.max(1, Math.ceil(steps(volumeMin) - SLACK));
  if (part < least || open - part < least) return undefined;
  return { kind: 'close', rule: 'partial-close', volume: Number((part * volumeStep).toFixed(8)) };
};
