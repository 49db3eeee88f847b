/** How a score adds up: what each part could have given, what it gave, and the sum beside the thresholds. */
import { DEFAULT_THRESHOLDS, PARTS, WEIGHTS } from '../../src/signals/score.js';
import type { SignalRow } from '../answers.js';
import { decimal } from '../format.js';

const NAMES = { ml: 'Models', pattern: 'Patterns', technical: 'Technical' } as const;

type PartName = keyof typeof NAMES;

interface Step {
  readonly name: PartName;
  /** What the part said, 0..100; undefined where it had nothing to say. */
  readonly said: number | undefined;
  readonly from: number;
  readonly gave: number;
  readonly might: number;
}

function stepsOf(parts: SignalRow['parts']): readonly Step[] {
  const there = PARTS.filter((name) => parts[name] !== undefined);
  const weights = there.reduce((sum, name) => sum + WEIGHTS[name], 0);
  let from = 0;
  return PARTS.map((name) => {
    const said = parts[name];
    const might = said === undefined ? 0 : (100 * WEIGHTS[name]) / weights;
    const step = { name, said, from, gave: (might * (said ?? 0)) / 100, might };
    from += step.gave;
    return step;
  });
}

const at = (share: number): string => `${Math.max(0, Math.min(100, share))}%`;

function Marks({ strong, moderate }: { readonly strong: number; readonly moderate: number }) {
  return (
    <>
      <b class="mark" style={{ left: at(moderate) }} />
      <b class="mark" style={{ left: at(strong) }} />
    </>
  );
}

export function Waterfall(props: {
  readonly signal: Pick<SignalRow, 'parts' | 'score'>;
  readonly absent?: Readonly<Partial<Record<PartName, string>>>;
  readonly thresholds?: { readonly strong: number; readonly moderate: number };
}) {
  const { signal, absent = {}, thresholds = DEFAULT_THRESHOLDS } = props;
  return (
    <div class="waterfall">
      {stepsOf(signal.parts).map(({ name, said, from, gave, might }) => (
        <div key={name} class="step">
          <div>
            {NAMES[name]}
            <p class="note">
              {said === undefined
                ? `silent: ${absent[name] ?? 'nothing to say'}`
                : `${decimal(said, 1)} of 100, weight ${decimal(might, 0)} %`}
            </p>
          </div>
          <div class="track">
            {said !== undefined && <i class="might" style={{ left: at(from), width: at(might) }} />}
            {said !== undefined && <i class="is" style={{ left: at(from), width: at(gave) }} />}
          </div>
          <div class="value">{said === undefined ? '–' : decimal(gave, 1)}</div>
        </div>
      ))}
      <div class="step sum">
        <div>
          Score
          <p class="note">
            marks at {thresholds.moderate} moderate, {thresholds.strong} strong
          </p>
        </div>
        <div class="track">
          <i class="is" style={{ left: '0%', width: at(signal.score) }} />
          <Marks {...thresholds} />
        </div>
        <div class="value">{decimal(signal.score, 1)}</div>
      </div>
    </div>
  );
}
