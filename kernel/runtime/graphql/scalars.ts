import { GraphQLError } from 'graphql';

import { CURRENCIES, type Currency } from '../../core/money.ts';
import type { RequestContext, SubgraphBuilder } from './schema-types.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
/** Nineteen digits hold every bigint of the database. */
const SIGNED_DIGITS = /^(0|-?[1-9]\d{0,18})$/;
const DIGITS = /^(0|[1-9]\d{0,18})$/;
const CURSOR_LENGTH_MAX = 512;

export function addScalars(builder: SubgraphBuilder<RequestContext>): void {
  builder.scalarType('DateTime', {
    description: 'An instant: ISO 8601 with an offset, such as 2026-01-31T10:00:00Z. Answers are in UTC with milliseconds.',
    serialize: (value) => value.toISOString(),
    parseValue: (value) => {
      const instant = new Date(textOf(value, 'DateTime', INSTANT));
      if (Number.isNaN(instant.getTime())) throw unreadable('DateTime');
      return instant;
    },
  });
  builder.scalarType('MinorUnits', {
    description: 'An amount in minor units (kopiykas) as a string of digits: "150075" is 1500.75. Never a number, which would round.',
    serialize: String,
    parseValue: (value) => BigInt(textOf(value, 'MinorUnits', SIGNED_DIGITS)),
  });
  builder.scalarType('CurrencyCode', {
    description: 'A currency by its ISO 4217 code, such as "UAH".',
    parseValue: (value) => {
      const currency: Currency | undefined = CURRENCIES.find((code) => code === value);
      if (!currency) throw unreadable('CurrencyCode');
      return currency;
    },
  });
  builder.scalarType('Cursor', {
    description: 'A place in a list or stream. Opaque: give it back as it came.',
    parseValue: (value) => {
      if (typeof value !== 'string' || value.length > CURSOR_LENGTH_MAX) throw unreadable('Cursor');
      return value;
    },
  });
  builder.scalarType('Sequence', {
    description:
      'The number of an event, as a string of digits because it outgrows Int. Dense for each participant: a hole is a lost event.',
    serialize: String,
    parseValue: (value) => BigInt(textOf(value, 'Sequence', DIGITS)),
  });
}

function textOf(value: unknown, scalar: string, form: RegExp): string {
  if (typeof value !== 'string' || !form.test(value)) throw unreadable(scalar);
  return value;
}

function unreadable(scalar: string): GraphQLError {
  return new GraphQLError(`not a ${scalar}`, { extensions: { code: 'BAD_USER_INPUT' } });
}
