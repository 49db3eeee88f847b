/** One topic in the hub: its events, its figures, and who hears it. */
import { EventRing } from './event-ring.js';
import { Figure } from './figure.js';
import { Shared } from './shared-message.js';
import type { Subscription } from './subscription.js';
import type { Owner, Topic } from './topics.js';

export class Channel {
  readonly ring: EventRing;
  readonly subscriptions = new Set<Subscription>();
  readonly figures = new Map<string, Figure>();
  /** Changed since they were last handed to subscriptions. */
  readonly changed = new Set<Figure>();

  constructor(
    readonly topic: Topic,
    readonly start: string,
    kept: number,
  ) {
    this.ring = new EventRing(kept);
  }

  /** The place of the newest event, or of one with that number. */
  cursor(number = this.ring.newest): string {
    return `${this.start}.${number}`;
  }

  /** The number in a cursor; undefined where it is of another start of the node, or none. */
  numberOf(cursor: string): number | undefined {
    const [start, digits, ...more] = cursor.split('.');
    if (start !== this.start || more.length > 0 || digits === undefined || !/^\d{1,15}$/.test(digits)) return undefined;
    return Number(digits);
  }

  push(owner: Owner, data: unknown): void {
    const topic = this.topic.name;
    this.ring.push(owner, (number) => new Shared(() => ({ topic, cursor: this.cursor(number), data })));
  }

  /** Found by its key, or made; past `most` the one that was made first goes. */
  figure(key: string, owner: Owner, read: () => unknown, most = Number.POSITIVE_INFINITY): Figure {
    const known = this.figures.get(key);
    if (known !== undefined) return known;
    if (this.figures.size >= most) {
      const [oldest] = this.figures.keys();
      if (oldest !== undefined) this.figures.delete(oldest);
    }
    const figure = new Figure(this.topic.name, owner, read);
    this.figures.set(key, figure);
    return figure;
  }
}
