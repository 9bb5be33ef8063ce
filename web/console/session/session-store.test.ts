import { expect, test } from 'vitest';

import { SessionStore } from './session-store.ts';

function tab(kept: Record<string, string> = {}) {
  const values = new Map(Object.entries(kept));
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

test('a tab that is loaded again is still signed in, and one that signed out is not', () => {
  const storage = tab();
  new SessionStore(storage).signIn('bk_1');
  expect(new SessionStore(storage).state()).toEqual({ credential: 'bk_1', ended: false });
  new SessionStore(storage).signOut();
  expect(new SessionStore(storage).state()).toEqual({ credential: null, ended: false });
});

test('whoever waits for a new credential goes on when it is there', async () => {
  const session = new SessionStore(tab());
  session.signIn('old');
  const seen: boolean[] = [];
  session.subscribe(() => seen.push(session.state().ended));
  const both = Promise.all([session.renewed(), session.renewed()]);
  session.signIn('new');
  await both;
  expect(session.state()).toEqual({ credential: 'new', ended: false });
  expect(seen).toEqual([true, false]);
});
