import { counted, number } from '../text/wording.js';

/** What one bar stands for. */
export interface Bar {
  label: string;
  proven: number;
  failed: number;
}

const WIDTH = 560;
const HEIGHT = 150;
const BASE = HEIGHT - 22;

const words = ({ label, proven, failed }: Bar) => `${label}: ${number(proven)} proven, ${number(failed)} failed`;

/** Pushes by day: what was proven and what failed, one upon the other. */
export function DayChart({ bars, title }: { bars: readonly Bar[]; title: string }) {
  const most = Math.max(1, ...bars.map(({ proven, failed }) => proven + failed));
  const step = WIDTH / Math.max(1, bars.length);
  const high = (n: number) => (n / most) * (BASE - 18);
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${title}. ${bars.map(words).join('; ')}`}
    >
      {bars.map((bar, n) => {
        const left = n * step + step * 0.2;
        const failed = high(bar.failed);
        const proven = high(bar.proven);
        const total = bar.proven + bar.failed;
        return (
          <g>
            <title>{words(bar)}</title>
            <rect class="proven" x={left} y={BASE - proven} width={step * 0.6} height={proven} />
            <rect class="failed" x={left} y={BASE - proven - failed} width={step * 0.6} height={failed} />
            <text x={left + step * 0.3} y={BASE - proven - failed - 4} text-anchor="middle">
              {total === 0 ? '' : number(total)}
            </text>
            <text x={left + step * 0.3} y={HEIGHT - 6} text-anchor="middle">
              {bar.label}
            </text>
          </g>
        );
      })}
      <line x1="0" x2={WIDTH} y1={BASE} y2={BASE} class="axis" />
    </svg>
  );
}

/** How much of something went well, as one thin bar. */
export function ShareBar({ proven, failed }: { proven: number; failed: number }) {
  const total = proven + failed;
  const share = total === 0 ? 0 : (proven / total) * 100;
  return (
    <svg
      class="share"
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${share.toFixed(1)} % of ${counted(total, 'push', 'pushes')} succeeded`}
    >
      <rect class="empty" width="100" height="8" />
      <rect class="failed" width={total === 0 ? 0 : 100} height="8" />
      <rect class="proven" width={share} height="8" />
    </svg>
  );
}
