import { useQuery } from '@tanstack/react-query';

import { NamesDocument } from '../generated/documents.ts';
import { useHub } from '../session/hub.tsx';
import { shortId } from './words.ts';

export interface Names {
  readonly banks: ReadonlyMap<string, string>;
  readonly merchants: ReadonlyMap<string, string>;
}

const NOBODY: Names = { banks: new Map(), merchants: new Map() };
/** Names hardly ever change. */
const FRESH_MS = 60_000;

/** Names of banks and merchants by guid and uid: read once, so that rows and streams carry ids only. */
export function useNames(): Names {
  const { client } = useHub();
  const { data = NOBODY } = useQuery({
    queryKey: ['names'],
    queryFn: async (): Promise<Names> => {
      const { emitters, banks, merchants } = (await client.ask(NamesDocument, {})).data;
      const known = emitters.flatMap(({ bank, name }) => (bank ? [{ guid: bank.guid, name }] : []));
      return {
        banks: new Map([...known, ...banks.nodes].map(({ guid, name }) => [guid, name])),
        merchants: new Map(merchants.nodes.map(({ uid, name }) => [uid, name])),
      };
    },
    staleTime: FRESH_MS,
  });
  return data;
}

export function bankName(names: Names, bank: { readonly guid: string } | null): string {
  return bank ? (names.banks.get(bank.guid) ?? shortId(bank.guid)) : '—';
}

export function merchantName(names: Names, merchant: { readonly uid: string } | null): string {
  return merchant ? (names.merchants.get(merchant.uid) ?? shortId(merchant.uid)) : '—';
}
