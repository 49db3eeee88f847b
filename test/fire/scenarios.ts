/** What the fire falls on: days of an account, short and quiet by themselves, and every step that they pass. */
import { MINUTE_MS, type FireWorld } from './fire-world.js';

export interface Scenario {
  readonly play: (world: FireWorld) => Promise<void>;
  /** Every step that it reaches when nothing goes wrong. */
  readonly steps: readonly string[];
}

const MEETING = [
  'sent HELLO',
  'heard HELLO',
  'claim',
  'left WELCOME',
  'came WELCOME',
  'left RISK',
  'came RISK',
  'left SETTINGS',
  'came SETTINGS',
  'sent SYMBOLS',
  'heard SYMBOLS',
  'submit symbols',
  'commit symbols',
  'left SYMBOLS_OK',
  'came SYMBOLS_OK',
  'sent SNAPSHOT',
  'heard SNAPSHOT',
  'sent HISTORY',
  'heard HISTORY',
  'flush history',
  'sent FINANCE',
  'heard FINANCE',
  'sent QUOTES',
  'heard QUOTES',
  'left HEARTBEAT',
  'came HEARTBEAT',
  'sent HEARTBEAT',
  'heard HEARTBEAT',
] as const;

const OPENING = [
  'decided',
  'assessed',
  'submit raise OPEN',
  'commit raise OPEN',
  'left SIGNAL',
  'came SIGNAL',
  'flush signal',
  'flush intent',
  'order deal',
  'fill IN',
  'answer deal',
  'flush TRADE',
  'flush RESULT',
  'sent TRADE',
  'sent RESULT',
  'heard TRADE',
  'heard RESULT',
  'submit deal',
  'submit result',
  'commit deal',
  'commit result',
  'flush acked',
] as const;

const CLOSING = [
  'submit raise CLOSE',
  'commit raise CLOSE',
  'left CLOSE_POSITION',
  'came CLOSE_POSITION',
  'flush command',
  'flush closing',
  'order close',
  'fill OUT',
  'answer close',
] as const;

const TRADING: readonly string[] = ['fill IN', 'flush TRADE', 'sent TRADE', 'heard TRADE', 'submit deal', 'commit deal'];

const LOOKING = [
  'decided',
  'assessed',
  'submit raise OPEN',
  'commit raise OPEN',
  'left SIGNAL',
  'submit transition',
  'commit transition',
  'left SEND_HISTORY',
  'came SEND_HISTORY',
  'flush command',
  'flush RESULT',
  'sent RESULT',
  'heard RESULT',
  'submit result',
  'commit result',
  'flush acked',
] as const;

const COMMANDED = [
  'ask modify',
  'submit command',
  'commit command',
  'left MODIFY',
  'came MODIFY',
  'flush command',
  'order stops',
  'answer stops',
  'submit command-result',
  'commit command-result',
  'ask close',
  'left CLOSE_POSITION',
  'came CLOSE_POSITION',
  'flush closing',
  'order close',
  'fill OUT',
  'answer close',
  'disable',
  'commit account disabled',
  'enable',
  'ask reconnect',
  'left RECONNECT',
  'came RECONNECT',
  'sent GOODBYE',
  'heard GOODBYE',
  'left GOODBYE',
  'ask close-all',
  'left CLOSE_ALL',
  'came CLOSE_ALL',
] as const;

const REKEYED = [
  'rotate',
  'commit keys rotated',
  'finish',
  'commit keys finished',
  'ask close-all',
  'submit command',
  'commit command',
  'left CLOSE_ALL',
  'came CLOSE_ALL',
  'flush command',
  'flush closing',
  'order close',
  'fill OUT',
  'answer close',
  'submit command-result',
  'commit command-result',
  'unbind',
  'commit account unbound',
  'left GOODBYE',
  'came GOODBYE',
  'revoke',
  'commit keys revoked',
  'left REFUSED',
  'came REFUSED',
] as const;

/** A signal is opened, the market turns, it is closed for another, and that one ends at its take-profit. */
async function ordinary(world: FireWorld): Promise<void> {
  await world.run(20_000);
  world.decide('BUY');
  await world.run(30_000);
  world.decide('SELL');
  await world.run(40_000);
  await world.swing(-0.02);
  await world.run(5_000);
}

/** The broker does not say what became of the order, and fills it later; what closes it is answered as little. */
async function ambiguous(world: FireWorld): Promise<void> {
  await world.run(20_000);
  Object.assign(world.behaviour, { ambiguousChance: 1, ambiguousTradedChance: 1, lateFillMsMost: 15_000, linkDownMsMost: 4_000 });
  world.decide('BUY');
  await world.run(30_000);
  world.decide('SELL');
  await world.run(40_000);
  Object.assign(world.behaviour, { ambiguousChance: 0 });
}

/** The broker does not say, and there was no fill. */
async function silent(world: FireWorld): Promise<void> {
  await world.run(20_000);
  Object.assign(world.behaviour, { ambiguousChance: 1, ambiguousTradedChance: 0, linkDownMsMost: 4_000 });
  world.decide('BUY');
  await world.run(30_000);
  Object.assign(world.behaviour, { ambiguousChance: 0 });
}

/** The EA loses its record while the signal is under way: only the broker's history can tell what became of it. */
async function forgetful(world: FireWorld): Promise<void> {
  await world.run(20_000);
  const [ea] = world.eas;
  world.decide('BUY');
  await world.until(() => world.sent.length > 0, MINUTE_MS, 1);
  ea?.loseRecord();
  await world.run(4 * MINUTE_MS);
}

/** An operator moves a stop, closes a part, stops the account and lets it go on, has its EA connect again, and closes the rest. */
async function commanded(world: FireWorld): Promise<void> {
  const { operator, broker } = world;
  await world.run(20_000);
  world.decide('BUY');
  await world.run(10_000);
  const [position] = broker.book.positions.values();
  if (position !== undefined) {
    const named = { position: String(position.ticket) };
    operator.ask({ action: 'modify', ...named, stopLoss: world.price - 0.01 });
    await world.run(5_000);
    operator.ask({ action: 'close', ...named, volume: 0.01 });
    await world.run(5_000);
  }
  operator.disable();
  await world.run(5_000);
  operator.enable();
  await world.run(5_000);
  operator.ask({ action: 'reconnect' });
  await world.run(10_000);
  operator.ask({ action: 'close-all', waitMs: 5 * MINUTE_MS });
  await world.run(10_000);
}

/** The account gets another key, is bound anew once nothing is open, is shut, and opened again by a third key. */
async function rekeyed(world: FireWorld): Promise<void> {
  const { operator } = world;
  await world.run(20_000);
  world.decide('BUY');
  await world.run(10_000);
  operator.rotate();
  await world.run(5_000);
  operator.giveKey();
  await world.run(10_000);
  operator.finish();
  operator.ask({ action: 'close-all', waitMs: 5 * MINUTE_MS });
  await world.run(10_000);
  operator.unbind();
  // Its EA waits a minute before it comes again.
  await world.run(70_000);
  operator.revoke();
  await world.run(2_000);
  world.decide('SELL');
  await world.run(10_000);
  operator.rotate(true);
  await world.run(5_000);
  operator.giveKey();
  await world.run(10_000);
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ordinary: { play: ordinary, steps: [...MEETING, ...OPENING, ...CLOSING] },
  ambiguous: { play: ambiguous, steps: [...MEETING, ...OPENING, ...CLOSING] },
  silent: { play: silent, steps: [...MEETING, ...OPENING.filter((step) => !TRADING.includes(step))] },
  commanded: { play: commanded, steps: [...MEETING, ...OPENING, ...COMMANDED] },
  rekeyed: { play: rekeyed, steps: [...MEETING, ...OPENING, ...REKEYED] },
  forgetful: { play: forgetful, steps: [...MEETING, ...LOOKING] },
};
