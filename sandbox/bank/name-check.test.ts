import { expect, it } from 'vitest';

import { compareNames } from './name-check.ts';

it.each([
  ['Марія Приклад', 'Марія Приклад', 'MATCH'],
  ['приклад  МАРІЯ', 'Марія Приклад', 'MATCH'],
  ['Mariia Pryklad', 'Марія Приклад', 'MATCH'],
  ['Pryklad, Mariia', 'Марія Приклад', 'MATCH'],
  ['Zghurskyi Yurii', 'Юрій Згурський', 'MATCH'],
  ['Marіia Pryklad', 'Марія Приклад', 'MATCH'],
  ["Дар'я Солов'яненко", 'Дарʼя Солов’яненко', 'MATCH'],
  ['Maria Pryklad', 'Марія Приклад', 'CLOSE_MATCH'],
  ['Марія Прыклад', 'Марія Приклад', 'MATCH'],
  ['М. Приклад', 'Марія Приклад', 'CLOSE_MATCH'],
  ['Приклад М. І.', 'Марія Іванівна Приклад', 'CLOSE_MATCH'],
  ['Марія Приклад', 'Марія Іванівна Приклад', 'CLOSE_MATCH'],
  ['Марія Іванівна Приклад', 'Марія Приклад', 'NO_MATCH'],
  ['М. П.', 'Марія Приклад', 'NO_MATCH'],
  ['Марія', 'Марія Приклад', 'NO_MATCH'],
  ['Олена Приклад', 'Марія Приклад', 'NO_MATCH'],
  ['Тарас Зразок', 'Марія Приклад', 'NO_MATCH'],
  ['', 'Марія Приклад', 'NOT_POSSIBLE'],
  ['12345', 'Марія Приклад', 'NOT_POSSIBLE'],
])('%s for %s: %s', (given, own, outcome) => {
  expect(compareNames(given, own)).toBe(outcome);
});
