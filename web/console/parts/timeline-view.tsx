import type { Check, Checks } from '../checks/payment-checks.ts';
import { LANES, type Step } from '../pages/timeline.ts';
import { Chip } from './chip.tsx';
import { SaidView } from './said-view.tsx';
import { durationText } from './words.ts';

/** The lines between which messages go are the background of each row: screens.css has the same width. */
const LANE_WIDTH = 58;
const LANE_HEIGHT = 30;
const LANE_WORDS = { payer: 'Payer bank', hub: 'Hub', payee: 'Payee bank', shop: 'Shop' } as const;

/** The sequence of one payment: who told whom what, and when. Every line opens to its details. */
export function TimelineView({ steps, checks }: { readonly steps: readonly Step[]; readonly checks: Checks }) {
  const begin = Date.parse(steps[0]?.at ?? '');
  return (
    <div className="timeline">
      <div className="timeline-head" aria-hidden="true">
        <span />
        <span className="lanes-head">
          {LANES.map((lane) => (
            <span key={lane}>{LANE_WORDS[lane]}</span>
          ))}
        </span>
      </div>
      <ol>
        {steps.map((step) => (
          <li key={step.key}>
            <details>
              <summary>
                <span className="offset num">+{durationText(Date.parse(step.at) - begin)}</span>
                <Lanes step={step} />
                <span className="two-lines">
                  <strong>{step.title}</strong>
                  <span>{step.note}</span>
                </span>
                <StepChip step={step} check={step.said && checks.get(step.said.key)} />
              </summary>
              {step.said ? <SaidView said={step.said} check={checks.get(step.said.key)} /> : null}
              <dl>
                {[['At', step.at] as const, ...step.facts].map(([name, value]) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd className="mono">{value}</dd>
                  </div>
                ))}
              </dl>
            </details>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** What does not fit is said before anything is opened. */
function StepChip({ step, check }: { readonly step: Step; readonly check: Check | undefined }) {
  if (check?.result === 'failed') return <Chip tone="bad">does not fit</Chip>;
  return <Chip tone={step.tone}>{step.said?.way === 'in' && check?.result === 'ok' ? 'verified' : step.chip}</Chip>;
}

function Lanes({ step: { mark, tone } }: { readonly step: Step }) {
  const centre = (lane: (typeof LANES)[number]): number => (LANES.indexOf(lane) + 0.5) * LANE_WIDTH;
  return (
    <svg className={`lanes ${tone}`} width={LANES.length * LANE_WIDTH} height={LANE_HEIGHT} aria-hidden="true">
      <g transform={`translate(0 ${LANE_HEIGHT / 2})`}>
        {mark.kind === 'ring' ? (
          <circle className="event" cx={centre('hub')} cy="0" r="6.5" />
        ) : (
          <Arrow from={centre(mark.from)} to={centre(mark.to)} />
        )}
      </g>
    </svg>
  );
}

function Arrow({ from, to }: { readonly from: number; readonly to: number }) {
  const way = Math.sign(to - from);
  const tip = to - way * 2;
  return (
    <g className="message">
      <line x1={from + way * 5} x2={tip} y1="0" y2="0" />
      <path d={`M${tip - way * 7} -5 L${tip} 0 L${tip - way * 7} 5`} />
      <circle cx={from} cy="0" r="4.5" />
    </g>
  );
}
