import type { JSX } from 'preact';

import type { PaymentPageView } from '../../../schema/payment-page.ts';

const FINDER_MODULES = 7;
/** The hryvnia sign in a square of 100, its strokes 9 wide. */
const HRYVNIA = 'M-22-30C-10-46 24-44 24-22 24-4-24 4-24 22-24 44 10 46 24 30M-34-8H34M-34 8H34';

/** The code, drawn once for all places that show it. Dark on white in both schemes: that is what cameras read best. */
export function QrDefinition({ qr }: { readonly qr: PaymentPageView['qr'] }): JSX.Element {
  const { size, modules, hole } = qr;
  const far = size - FINDER_MODULES;
  const corner = (size - hole) / 2;
  return (
    <svg class="defs" width="0" height="0" aria-hidden="true" focusable="false">
      <symbol id="qr" viewBox={`0 0 ${size} ${size}`}>
        <path id="qr-modules" d={modules} shape-rendering="crispEdges" fill="#111318" />
        {[
          [0, 0],
          [far, 0],
          [0, far],
        ].map(([x = 0, y = 0]) => (
          <g key={`${x} ${y}`} fill="#111318">
            <rect x={x + 0.5} y={y + 0.5} width="6" height="6" rx="1.6" fill="none" stroke="#111318" />
            <rect x={x + 2} y={y + 2} width="3" height="3" rx="0.8" />
          </g>
        ))}
        <rect x={corner + 0.5} y={corner + 0.5} width={hole - 1} height={hole - 1} rx={hole / 5} fill="#111318" />
        <path
          d={HRYVNIA}
          fill="none"
          stroke="#f5b800"
          stroke-width="11"
          transform={`translate(${size / 2} ${size / 2}) scale(${hole / 150})`}
        />
      </symbol>
    </svg>
  );
}

export function QrPicture({ label }: { readonly label: string }): JSX.Element {
  return (
    <div class="qrbox">
      <svg role="img" aria-label={label}>
        <use href="#qr" />
      </svg>
    </div>
  );
}
