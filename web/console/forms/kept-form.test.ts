import { beforeEach, expect, test } from 'vitest';

import { formKeeper } from './kept-form.ts';

let kept: Map<string, string>;
let keys: number;
beforeEach(() => {
  kept = new Map();
  keys = 0;
});

function keeper(id = 'resolve d-1') {
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  return formKeeper({ id, blank: { reason: '', outcome: '' }, storage, newKey: () => `key-${(keys += 1)}` });
}

test('a page that is loaded again has what was typed, and the key that names it', () => {
  keeper().change({ reason: 'told by phone', outcome: 'ACCEPTED' });
  expect(keeper().load()).toEqual({ values: { reason: 'told by phone', outcome: 'ACCEPTED' }, key: 'key-1', unanswered: false });
});

test('what was sent without an answer stays as it was sent, key and all', () => {
  const form = keeper();
  form.change({ reason: 'told by phone', outcome: 'ACCEPTED' });
  form.sent();
  expect(form.change({ reason: 'something else', outcome: 'REFUSED' })).toMatchObject({
    values: { reason: 'told by phone' },
    key: 'key-1',
  });
  expect(keeper().load()).toMatchObject({ values: { outcome: 'ACCEPTED' }, key: 'key-1', unanswered: true });
});

test('after a refusal the values stay, under a key of their own', () => {
  const form = keeper();
  form.change({ reason: '', outcome: 'ACCEPTED' });
  form.sent();
  expect(form.refused()).toEqual({ values: { reason: '', outcome: 'ACCEPTED' }, key: 'key-2', unanswered: false });
});

test('a form that is done begins anew, and another form knows nothing of it', () => {
  const form = keeper();
  form.change({ reason: 'x', outcome: 'ACCEPTED' });
  form.clear();
  expect(keeper().load().values).toEqual({ reason: '', outcome: '' });
  expect(keeper('resolve d-2').load().values).toEqual({ reason: '', outcome: '' });
});

test('what an older console kept is not in the way', () => {
  kept.set('console.form.resolve d-1', '{ not json');
  expect(keeper().load().values).toEqual({ reason: '', outcome: '' });
});
