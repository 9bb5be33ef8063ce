import 'uplot/dist/uPlot.min.css';

import { useEffect, useRef } from 'react';
import UPlot from 'uplot';

import type { BoardFilter, BoardWindow, Second } from '../live/board-window.ts';

const REDRAWN_EVERY_MS = 500;
const HEIGHT = 250;

/** Payments per second, drawn outside of React: the canvas takes new numbers twice a second and rests while nobody looks. */
export function BoardChart(o: {
  readonly board: BoardWindow;
  readonly filter: BoardFilter;
  readonly seconds: number;
  readonly scheme: string;
}) {
  const { board, filter, seconds, scheme } = o;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const read = () => columnsOf(board.seconds(filter, seconds));
    const plot = new UPlot(optionsFor(element), read(), element);
    const timer = setInterval(() => {
      if (!document.hidden) plot.setData(read());
    }, REDRAWN_EVERY_MS);
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      clearInterval(timer);
      resized.disconnect();
      plot.destroy();
    };
  }, [board, filter, seconds, scheme]);
  return (
    <div ref={box} className="chart" role="img" aria-label="Payments per second; the figures above and the tables below say the same" />
  );
}

/** Stacked by hand: what ended at all, then what was rejected in front of it, and what was taken as a line. */
function columnsOf(list: readonly Second[]): UPlot.AlignedData {
  return [
    list.map(({ at }) => at),
    list.map(({ succeeded, rejected }) => succeeded + rejected),
    list.map(({ rejected }) => rejected),
    list.map(({ accepted }) => accepted),
  ];
}

function optionsFor(element: HTMLElement): UPlot.Options {
  const colour = (name: string): string => getComputedStyle(element).getPropertyValue(name).trim();
  const bars = UPlot.paths.bars?.({ size: [0.8, 14], align: 1, radius: 0.15 });
  const axis = {
    stroke: colour('--ink-3'),
    font: '12px "Inter Variable", sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const bar = (fill: string): UPlot.Series => ({ fill, width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(5, max * 1.1)] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, splits) => splits.map((at) => new Date(at * 1_000).toTimeString().slice(0, 8)) },
      { ...axis, size: 42, values: (_plot, splits) => splits.map((value) => (Number.isInteger(value) ? String(value) : '')) },
    ],
    series: [{}, bar(colour('--bar-ok')), bar(colour('--bar-bad')), { stroke: colour('--bar-wait'), width: 1.5, points: { show: false } }],
  };
}
