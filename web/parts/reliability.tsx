/** What a model told beside how often it came: on the dashed line it means what it says. */
import { share } from '../format.js';
import { useWidth } from './line-chart.js';

export interface ReliabilityBin {
  readonly rows: number;
  readonly told: number;
  readonly came: number;
  readonly low: number;
  readonly high: number;
}

const HEIGHT = 260;
const LEFT = 48;
const BOTTOM = 34;
const TOP = 8;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

export function Reliability({ bins, label }: { readonly bins: readonly ReliabilityBin[]; readonly label: string }) {
  const [width, ref] = useWidth();
  const most = Math.max(1, ...bins.map(({ rows }) => rows));
  const x = (part: number): number => LEFT + Math.max(1, width - LEFT - 12) * part;
  const y = (part: number): number => TOP + (HEIGHT - TOP - BOTTOM) * (1 - part);
  return (
    <div ref={ref} class="plot">
      <svg class="drawing c1" width={width} height={HEIGHT} role="img" aria-label={label}>
        {TICKS.map((tick) => (
          <g key={tick}>
            <line class="grid" x1={LEFT} x2={width - 12} y1={y(tick)} y2={y(tick)} />
            <text class="tick end" x={LEFT - 8} y={y(tick) + 4}>
              {share(tick, 0)}
            </text>
            <text class="tick middle" x={Math.min(x(tick), width - 20)} y={HEIGHT - 16}>
              {share(tick, 0)}
            </text>
          </g>
        ))}
        <text class="tick middle" x={x(0.5)} y={HEIGHT - 2}>
          what it told
        </text>
        <line class="even" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
        {bins.map(({ told, came, low, high, rows }) => (
          <g key={told}>
            <line class="spread" x1={x(told)} x2={x(told)} y1={y(low)} y2={y(high)} />
            <circle class="dot" cx={x(told)} cy={y(came)} r={2.5 + 4 * Math.sqrt(rows / most)}>
              <title>
                told {share(told)}, came {share(came)} of {rows}
              </title>
            </circle>
          </g>
        ))}
      </svg>
    </div>
  );
}
