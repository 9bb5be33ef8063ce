import { createHash } from 'node:crypto';

import { z } from 'zod';

import { reconcile, type Difference, type RangeAnswer } from '../../protocol/reconciliation.ts';
import type { BankParts } from './bank.ts';
import type { FoundDifference, ReconciliationResult } from './reconciliation-result.ts';

const REGISTER = `query ($id: ID!) { register(id: $id) { debtorBank { guid } creditorBank { guid } } }`;
const RANGES = `query ($debtor: String!, $creditor: String!, $from: BusinessDay!, $to: BusinessDay!, $prefixes: [String!]!) {
  reconciliation(debtorBank: $debtor, creditorBank: $creditor, from: $from, to: $to) { ranges(prefixes: $prefixes) {
    prefix paymentCount digest parts { prefix paymentCount digest } payments { paymentGuid pmType amount { minor currency } } } } }`;

const bank = z.object({ guid: z.string() });
const registerSchema = z.object({ register: z.object({ debtorBank: bank, creditorBank: bank }) });
const summary = { prefix: z.string(), paymentCount: z.number().int(), digest: z.string() };
const rangesSchema = z.object({
  reconciliation: z.object({
    ranges: z.array(
      z.object({
        ...summary,
        parts: z.array(z.object(summary)),
        payments: z.array(
          z.object({
            paymentGuid: z.string(),
            pmType: z.enum(['trade', 'p2p', 'return']),
            amount: z.object({ minor: z.string().transform(BigInt), currency: z.string() }),
          }),
        ),
      }),
    ),
  }),
});

/** A callback about a payment of the period may still be on its way: a bank looks so often before it calls a payment missing. */
const LOOKS_MAX = 4;
const LOOK_AGAIN_MS = 1_000;

/** A register as far as its bank must know it to reconcile its pair. */
export interface RegisterToReconcile {
  readonly id: string;
  readonly debtor_bic: string;
  readonly creditor_bic: string;
  readonly period_end: string;
}

/**
 * Compares the bank's own book with the hub's, for the direction of a register, from the first day of the register's month to its day (as the guide's daily
 * reconciliation does), with the bank's own API key.
 */
export async function reconcileRegister(
  parts: Pick<BankParts, 'payments' | 'graphql' | 'pause'>,
  register: RegisterToReconcile,
): Promise<ReconciliationResult> {
  const pair = { debtorBic: register.debtor_bic, creditorBic: register.creditor_bic };
  const period = { from: `${register.period_end.slice(0, 7)}-01`, to: register.period_end };
  const found = await parts.graphql(REGISTER, { id: register.id }, registerSchema);
  const scope = { debtor: found.register.debtorBank.guid, creditor: found.register.creditorBank.guid, ...period };
  const ask = async (prefixes: readonly string[]): Promise<readonly RangeAnswer[]> =>
    (await parts.graphql(RANGES, { ...scope, prefixes }, rangesSchema)).reconciliation.ranges.map(answerOf);
  for (let look = 1; ; look++) {
    const own = parts.payments.of(pair, period).map(({ amountMinor, ...payment }) => ({ ...payment, amountMinor: BigInt(amountMinor) }));
    const result = await reconcile(own, ask, { sha256: (bytes) => createHash('sha256').update(bytes).digest() });
    const { differences, complete, requests } = result;
    if (look < LOOKS_MAX && differences.some(({ kind }) => kind === 'ONLY_THEIRS')) {
      await parts.pause(LOOK_AGAIN_MS);
      continue;
    }
    const [ownSum, hub] = [result.own, result.theirs].map(({ count, digest }) => ({ count, digest }));
    if (!ownSum || !hub) throw new Error('two sides were compared');
    return { register: register.id, ...pair, ...period, own: ownSum, hub, differences: differences.map(foundOf), complete, requests };
  }
}

type WireRange = z.infer<typeof rangesSchema>['reconciliation']['ranges'][number];

function answerOf({ prefix, paymentCount: count, digest, parts, payments }: WireRange): RangeAnswer {
  return {
    prefix,
    count,
    digest,
    parts: parts.map((part) => ({ prefix: part.prefix, count: part.paymentCount, digest: part.digest })),
    payments: payments.map(({ paymentGuid: guid, pmType, amount }) => ({
      guid,
      pmType,
      amountMinor: amount.minor,
      currency: amount.currency,
    })),
  };
}

function foundOf(difference: Difference): FoundDifference {
  switch (difference.kind) {
    case 'ONLY_OWN':
      return { kind: 'MISSING_IN_HUB', guid: difference.own.guid, bankMinor: String(difference.own.amountMinor), hubMinor: null };
    case 'ONLY_THEIRS':
      return { kind: 'MISSING_IN_BANK', guid: difference.theirs.guid, bankMinor: null, hubMinor: String(difference.theirs.amountMinor) };
    case 'ALTERED': {
      const { own, theirs } = difference;
      return { kind: 'ALTERED', guid: own.guid, bankMinor: String(own.amountMinor), hubMinor: String(theirs.amountMinor) };
    }
    default:
      return difference satisfies never;
  }
}
