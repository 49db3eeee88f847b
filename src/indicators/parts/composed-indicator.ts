import { assert } from '../../runtime/assert.js';
import type { CandleInput, Indicator, IndicatorState } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** An indicator that reads others: it has them to itself, and their state is part of its own. */
export abstract class ComposedIndicator extends StreamingIndicator {
  readonly #members: Indicator[] = [];

  /** Makes another indicator's state belong to this one's. */
  protected compose(member: Indicator): Indicator {
    this.#members.push(member);
    return member;
  }

  /**
   * One call for all of them, in a loop: called each in its place they would be inlined here, until the compiler's budget for that
   * is spent and numbers handed on within them are boxed on the heap.
   */
  protected updateMembers(candle: CandleInput): void {
    for (let at = 0; at < this.#members.length; at++) this.#members[at]?.update(candle);
  }

  override reset(): void {
    super.reset();
    for (const member of this.#members) member.reset();
  }

  override snapshot(): IndicatorState {
    const states = [super.snapshot(), ...this.#members.map((member) => member.snapshot())];
    const joined = new Float64Array(states.reduce((length, state) => length + state.length, 0));
    let at = 0;
    for (const state of states) {
      joined.set(state, at);
      at += state.length;
    }
    return joined;
  }

  override restore(state: IndicatorState): void {
    const lengths = [super.snapshot(), ...this.#members.map((member) => member.snapshot())].map(({ length }) => length);
    const length = lengths.reduce((sum, each) => sum + each, 0);
    assert(state.length === length, `a state of ${state.length} numbers was given where ${length} are kept`);
    let at = 0;
    for (const [place, each] of lengths.entries()) {
      const part = state.subarray(at, at + each);
      if (place === 0) super.restore(part);
      else this.#members[place - 1]?.restore(part);
      at += each;
    }
  }
}
