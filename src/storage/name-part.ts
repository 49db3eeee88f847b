import { SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';

/**
 * One part of a cache key or of a bus subject. Whatever could separate parts, widen a pattern or end a line becomes `%` and the
 * four hex digits of its UTF-16 unit, `%` itself too: two texts never give one part, and no text reaches beyond its own.
 */
export function encodePart(text: string): string {
  if (text.length === 0 || text.length > LIMITS.cache.part) {
    throw new SuhoError(
      'INPUT_INVALID',
      `A name has ${text.length} characters; 1 to ${LIMITS.cache.part} fit a key or a subject.`,
    );
  }
  return text.replace(/[^A-Za-z0-9_-]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function decodePart(part: string): string {
  return part.replace(/%([0-9a-f]{4})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
