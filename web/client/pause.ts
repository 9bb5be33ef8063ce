/** Until the time is over or the signal is aborted, whichever comes first. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  let wake = (): void => undefined;
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const timer = setTimeout(wake, milliseconds);
  signal.addEventListener('abort', wake);
  await woken;
  clearTimeout(timer);
  signal.removeEventListener('abort', wake);
}
