import { useEffect, useReducer } from 'react';

/** Draws again every so often, and not at all while the page is hidden. */
export function useTick(everyMs: number): void {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) tick();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
