import { expect, test } from 'vitest';

import { answerAs, createBehaviourBook } from './behaviour.ts';

test('without an order an actor accepts', () => {
  expect(createBehaviourBook().next('pay-in')).toEqual({ behave: 'accept', status: 200, delayMs: 0 });
});

test('an order holds for as many callbacks as it says', () => {
  const book = createBehaviourBook();
  book.order({ callback: 'pay-in', behave: 'fail', times: 2 });
  expect([1, 2, 3].map(() => book.next('pay-in').status)).toEqual([500, 500, 200]);
});

test('an order for one callback type goes before an order for all', () => {
  const book = createBehaviourBook();
  book.order({ callback: '*', behave: 'fail' });
  book.order({ callback: 'credit', behave: 'refuse', status: 422 });
  expect(book.next('credit').status).toBe(422);
  expect(book.next('pay-out').status).toBe(500);
});

test('a cleared book accepts again', () => {
  const book = createBehaviourBook();
  book.order({ callback: '*', behave: 'hang' });
  book.clear();
  expect(book.next('pay-in').behave).toBe('accept');
});

test('a refusal says what it was told to say, as it is', async () => {
  const book = createBehaviourBook();
  book.order({ callback: 'pay-out', behave: 'refuse', said: '<b>no</b>', times: 1 });
  const answered = () =>
    answerAs(
      book.next('pay-out'),
      async () => ({ status: 200, body: 'done', answered: 'yes' }),
      async () => undefined,
    );
  expect(await answered()).toEqual({ status: 400, body: '<b>no</b>', answered: 'yes' });
  expect(await answered()).toMatchObject({ status: 200, body: 'done' });
});
