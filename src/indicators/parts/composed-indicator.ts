import type { CandleStream, IndicatorDefinition, IndicatorState } from '../indicator.js';
import { IndicatorSet } from '../indicator-set.js';
import { joinState, splitState } from '../joined-state.js';
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
    return joinState([super.snapshot(), ...this.members.snapshot().states]);
  }

  override restore(state: IndicatorState): void {
    const { columns, states } = this.members.snapshot();
    const own = super.snapshot();
    splitState(state, [own, ...states]);
    super.restore(own);
    this.members.restore({ columns, states });
  }
}
