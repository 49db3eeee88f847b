import { LineFault } from './format.js';

/** Reading single fields of a line; what cannot be read is a `LineFault`. */

export function split(line: string, separator: string, least: number, most: number): string[] {
  const fields = line.split(separator);
  if (fields.length < least || fields.length > most) {
    const expected = least === most ? `${least}` : `${least} to ${most}`;
    throw new LineFault(`${fields.length} fields where ${expected} are expected`);
  }
  return fields;
}

/** A number; a source's own "nan" and "inf" are passed on, for the filter to count. */
export function number(text: string | undefined, what: string): number {
  const value = Number(text);
  if (!Number.isNaN(value) && text !== undefined && text.trim() !== '') return value;
  if (/^\s*[-+]?(nan|inf(inity)?)\s*$/i.test(text ?? '')) return Number.NaN;
  throw new LineFault(`${what} is not a number: ${shown(text)}`);
}

export function shown(text: string | undefined): string {
  const bare = text ?? '';
  return JSON.stringify(bare.length > 40 ? `${bare.slice(0, 40)}…` : bare);
}

/** Midnight of a day of the calendar; a day that does not exist is a fault. */
export function midnight(year: number, month: number, day: number, text: string): number {
  const ms = Date.UTC(year, month - 1, day);
  const date = new Date(ms);
  if (year < 1970 || year > 2199 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    throw new LineFault(`there is no such day: ${shown(text)}`);
  }
  return ms;
}

/** The instant of an ISO-like day and time; whether it carries its own `Z` is for the format to look at. */
export function dayReader(pattern: RegExp): (text: string) => number {
  // Neighbouring lines share their day, and the calendar is slow.
  let last = '';
  let lastMs = 0;
  return (text) => {
    if (text === last) return lastMs;
    const { y, m, d } = pattern.exec(text)?.groups ?? {};
    if (y === undefined) throw new LineFault(`not a date: ${shown(text)}`);
    lastMs = midnight(Number(y), Number(m), Number(d), text);
    last = text;
    return lastMs;
  };
}

const TIME = /^(\d\d):?([0-5]\d)(?::?([0-5]\d)(?:\.?(\d{1,9}))?)?$/;

/** Milliseconds of the day from `HH:MM`, `HH:MM:SS`, `HH:MM:SS.fff`, or the same without colons and point. */
export function timeOfDay(text: string): number {
  const [, hours, minutes, seconds = '0', fraction = '0'] = TIME.exec(text) ?? [];
  if (hours === undefined || Number(hours) > 23) throw new LineFault(`not a time of day: ${shown(text)}`);
  return Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(`0.${fraction}`) * 1_000;
}
