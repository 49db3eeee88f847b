import { assert } from '../../runtime/assert.js';
import type { CandleStream, IndicatorDefinition, IndicatorState } from '../indicator.js';
import { IndicatorSet } from '../indicator-set.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/**
 * An indicator that reads others: it has them to itself, as a set, and their state is part of its own. The set's one call of
 * them all also keeps the compiler from making them part of this indicator's code: its budget for that would be spent, and
 * numbers handed on within them would lie on the heap.
 */
export abstract class ComposedIndicator extends StreamingIndicator {
  protected readonly members: IndicatorSet;

  constructor(columns: number, members: readonly IndicatorDefinition[], stream: CandleStream) {
    super(columns);
    this.members = new IndicatorSet(members, stream);
  }

  override reset(): void {
    super.reset();
    this.members.reset();
  }

  override snapshot(): IndicatorState {
    const states = [super.snapshot(), ...this.members.snapshot().states];
    const joined = new Float64Array(states.reduce((length, state) => length + state.length, 0));
    let at = 0;
    for (const state of states) {
      joined.set(state, at);
      at += state.length;
    }
    return joined;
  }

  override restore(state: IndicatorState): void {
    const own = super.snapshot().length;
    const { columns, states } = this.members.snapshot();
    const length = states.reduce((sum, each) => sum + each.length, own);
    assert(state.length === length, `a state of ${state.length} numbers was given where ${length} are kept`);
    super.restore(state.subarray(0, own));
    let at = own;
    const parts = states.map((each) => {
      at += each.length;
      return state.subarray(at - each.length, at);
    });
    this.members.restore({ columns, states: parts });
  }
}
