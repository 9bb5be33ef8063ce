import { useQuery } from '@tanstack/react-query';

import type { HubKeys } from '../../../protocol/client/hub-signature.ts';
import { importJwkSet, JWK_SET_PATH, jwkSetSchema } from '../../../protocol/jwk-set.ts';
import { useHub } from '../session/hub.tsx';

/** A key is announced long before it signs. */
const FRESH_MS = 60_000;

/** Where everybody reads the hub's public keys. */
export function hubKeysAddress(edgeUrl: string): string {
  return new URL(JWK_SET_PATH, edgeUrl).href;
}

/** The hub's public keys as it publishes them for everybody. */
export function useHubKeys() {
  const { settings } = useHub();
  return useQuery({
    queryKey: ['hub-keys'],
    queryFn: async ({ signal }): Promise<HubKeys> => {
      const response = await fetch(hubKeysAddress(settings.edgeUrl), { signal });
      if (!response.ok) throw new Error(`The hub’s keys could not be read: HTTP ${response.status}`);
      return await importJwkSet(jwkSetSchema.parse(await response.json()));
    },
    staleTime: FRESH_MS,
  });
}
