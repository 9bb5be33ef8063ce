import { useQuery } from '@tanstack/react-query';

import { SenderKeysDocument } from '../generated/documents.ts';
import type { PaymentFacts } from '../pages/timeline.ts';
import { bankName, useNames } from '../parts/names.ts';
import { useCan, useHub } from '../session/hub.tsx';
import { useHubKeys } from './hub-keys.ts';
import { checkPayment, type Checks, type SenderKeys } from './payment-checks.ts';

/** A key is announced long before it signs. */
const FRESH_MS = 60_000;
const NONE: Checks = new Map();

/** The keys of the bank that sent a payment; null where they are not the viewer's to read, undefined while they are on their way. */
function useSenderKeys({ message, initiatorBank }: PaymentFacts): SenderKeys | undefined {
  const { client } = useHub();
  const enabled = useCan('participants') && message !== null && initiatorBank !== null;
  const { data, isError } = useQuery({
    queryKey: ['sender-keys', initiatorBank?.guid],
    queryFn: async ({ signal }) =>
      (await client.ask(SenderKeysDocument, { guid: initiatorBank?.guid ?? '' }, { signal })).data.bank?.keys ?? null,
    staleTime: FRESH_MS,
    enabled,
  });
  return enabled && !isError ? data : null;
}

/** Everything of a payment that is signed, checked again by this page; nothing until there are keys to check with. */
export function usePaymentChecks(payment: PaymentFacts): Checks {
  const names = useNames();
  const { data: hubKeys, dataUpdatedAt } = useHubKeys();
  const senderKeys = useSenderKeys(payment);
  const senderName = bankName(names, payment.initiatorBank);
  const tokens = payment.deliveries.map(({ request }) => request?.token);
  const { data = NONE } = useQuery({
    queryKey: ['checks', payment.guid, senderName, payment.message, senderKeys, dataUpdatedAt, tokens],
    queryFn: () => checkPayment({ payment, senderKeys: senderKeys ?? null, senderName, hubKeys: hubKeys ?? new Map() }),
    enabled: hubKeys !== undefined && senderKeys !== undefined,
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
  return data;
}
