/**
 * The clocks that market data is stamped with, as functions from a local time (milliseconds as if it were UTC) to UTC.
 *
 * `est` is UTC−5 all year, as HistData stamps. `eet` is the clock of FX brokers: UTC+2, and UTC+3 while New York keeps
 * daylight saving, so that their trading day always ends at 17:00 in New York. `eet-eu` is the zone EET itself, which keeps
 * the European Union's dates; Dukascopy's platform means that one. An hour that a clock passes twice is taken as the first.
 */
export type ToUtc = (localMs: number) => number;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Season {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Day of the month, at midnight UTC, of the nth Sunday (1, 2, …), or of the last (0). */
function sunday(year: number, month: number, nth: number): number {
  const from = nth > 0 ? Date.UTC(year, month, 1 + 7 * (nth - 1)) : Date.UTC(year, month + 1, -6);
  return from + ((7 - new Date(from).getUTCDay()) % 7) * DAY_MS;
}

/** The law of 2005 moved both ends outwards from 2007 on; 1987 to 2006 ran from April to October. */
function newYorkSummer(year: number): Season {
  const start = year >= 2007 ? sunday(year, 2, 2) : sunday(year, 3, 1);
  const end = year >= 2007 ? sunday(year, 10, 1) : sunday(year, 9, 0);
  return { fromMs: start + 7 * HOUR_MS, toMs: end + 6 * HOUR_MS };
}

/** Since 1996: last Sunday of March to last Sunday of October, at 01:00 UTC. */
function europeanSummer(year: number): Season {
  return { fromMs: sunday(year, 2, 0) + HOUR_MS, toMs: sunday(year, 9, 0) + HOUR_MS };
}

function easternEurope(summerOf: (year: number) => Season): ToUtc {
  let year = Number.NaN;
  let summer: Season = { fromMs: 0, toMs: 0 };
  return (localMs) => {
    const ifSummer = localMs - 3 * HOUR_MS;
    const own = new Date(ifSummer).getUTCFullYear();
    if (own !== year) {
      year = own;
      summer = summerOf(own);
    }
    return ifSummer >= summer.fromMs && ifSummer < summer.toMs ? ifSummer : localMs - 2 * HOUR_MS;
  };
}

/** What the clock shows at an instant; of an hour that it passes twice, either. */
export function localOf(toUtc: ToUtc, utcMs: number): number {
  // A day away on either side is before and after whatever change is near; of an hour that is left out, what follows it is shown.
  const [after, before] = [DAY_MS, -DAY_MS].map((away) => 2 * utcMs + away - toUtc(utcMs + away)) as [number, number];
  return toUtc(after) === utcMs ? after : before;
}

function fixed(offsetMs: number): ToUtc {
  return (localMs) => localMs - offsetMs;
}

/** The clock of that name (`utc`, `est`, `eet`, `eet-eu`, `+HH:MM`, `-HH:MM`), or undefined when there is none. */
export function clockNamed(name: string): ToUtc | undefined {
  switch (name.toLowerCase()) {
    case 'utc':
      return fixed(0);
    case 'est':
      return fixed(-5 * HOUR_MS);
    case 'eet':
      return easternEurope(newYorkSummer);
    case 'eet-eu':
      return easternEurope(europeanSummer);
    default: {
      const [, sign, hours, minutes] = /^([+-])(\d\d):([0-5]\d)$/.exec(name) ?? [];
      const offset = Number(hours) * HOUR_MS + Number(minutes) * 60_000;
      return offset <= 14 * HOUR_MS ? fixed(sign === '-' ? -offset : offset) : undefined;
    }
  }
}
