import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import {
  type BoundTokens,
  type CallbackTestRoute,
  type KeyUse,
  OneBankDocument,
  type OneBankQuery,
  OneMerchantDocument,
  type OneMerchantQuery,
  type PlainBodies,
} from '../generated/documents.ts';
import { Id, When } from '../parts/bits.tsx';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { Loading, NotFound, Problem } from '../parts/states.tsx';
import { useHub } from '../session/hub.tsx';
import { ApiKeys } from './api-keys.tsx';
import { CallbackTest, type TestedPlace, whileTested } from './callback-test.tsx';
import { ParticipantKeys } from './participant-keys.tsx';

const bankRoute = getRouteApi('/participants/banks/$guid');
const merchantRoute = getRouteApi('/participants/merchants/$uid');

/** One bank: what it registered, its keys, its API keys. */
export function BankPage() {
  const { guid } = bankRoute.useParams();
  const { client } = useHub();
  const { data, error, refetch } = useQuery({
    queryKey: ['participant', guid],
    queryFn: async ({ signal }) => (await client.ask(OneBankDocument, { guid }, { signal })).data,
    refetchInterval: ({ state }) => whileTested(state.data?.bank?.lastCallbackTest),
  });
  if (error && !data) return <Problem error={error} onAgain={() => void refetch()} />;
  if (!data) return <Loading />;
  const { bank } = data;
  if (!bank) return <NotFound />;
  return (
    <ParticipantView
      name={bank.name}
      note={`Bank · code ${bank.bic}`}
      keys={<Keys participantId={guid} kinds={['BANK']} {...bank} places={placesOf(bank.routes)} />}
    >
      <Panel title="Bank">
        <Facts>
          <Fact name="Guid">
            <Id value={bank.guid} />
          </Fact>
          <Fact name="Bank codes">{bank.bankCodes?.join(', ')}</Fact>
          <Fact name="EDRPOU">{bank.taxCode}</Fact>
          <Fact name="Charging account">{bank.chargingAccount && <span className="mono">{bank.chargingAccount}</span>}</Fact>
          <Fact name="Registers go to">{bank.email}</Fact>
          <Fact name="App">{bank.appScheme && <span className="mono">{bank.appScheme}://</span>}</Fact>
          <Fact name="Logo">{bank.logoUrl && <span className="mono">{bank.logoUrl}</span>}</Fact>
          <Fact name="Since">{bank.registeredAt && <When at={bank.registeredAt} />}</Fact>
        </Facts>
      </Panel>
      <Agreed {...bank} />
      {bank.routes ? (
        <Panel title="Where callbacks go">
          <Facts>
            {Object.entries(bank.routes).map(([name, address]) => (
              <Fact key={name} name={ROUTE_WORDS[name] ?? name}>
                {address ? <span className="mono">{address}</span> : null}
              </Fact>
            ))}
          </Facts>
        </Panel>
      ) : null}
    </ParticipantView>
  );
}

const TESTED_ROUTES = {
  payIn: 'PAY_IN',
  payOut: 'PAY_OUT',
  credit: 'CREDIT',
  payRequest: 'PAY_REQUEST',
  aliasUpdated: 'ALIAS_UPDATED',
  linkCreditor: 'LINK_CREDITOR',
  grossSettlement: 'GROSS_SETTLEMENT',
  returnRequest: 'RETURN_REQUEST',
} as const satisfies Readonly<Record<string, CallbackTestRoute>>;

function placesOf(routes: NonNullable<OneBankQuery['bank']>['routes']): readonly TestedPlace[] {
  return Object.entries(TESTED_ROUTES).flatMap(
    ([name, route]) => (routes?.[name as keyof typeof TESTED_ROUTES] ? [{ route, label: ROUTE_WORDS[name] ?? name }] : []), // a key of the literal above
  );
}

const ROUTE_WORDS: Readonly<Record<string, string>> = {
  payIn: 'Pay-in',
  payOut: 'Pay-out',
  credit: 'Credit',
  payRequest: 'Pay request',
  aliasUpdated: 'Alias updated',
  linkCreditor: 'Link creditor',
  receiverData: 'Receiver’s data',
  grossSettlement: 'Register',
  returnRequest: 'Return request',
};

/** One merchant. */
export function MerchantPage() {
  const { uid } = merchantRoute.useParams();
  const { client } = useHub();
  const { data, error, refetch } = useQuery({
    queryKey: ['participant', uid],
    queryFn: async ({ signal }) => (await client.ask(OneMerchantDocument, { uid }, { signal })).data,
    refetchInterval: ({ state }) => whileTested(state.data?.merchant?.lastCallbackTest),
  });
  if (error && !data) return <Problem error={error} onAgain={() => void refetch()} />;
  if (!data) return <Loading />;
  const { merchant } = data;
  if (!merchant) return <NotFound />;
  const places = [{ route: null, label: 'Callbacks' }];
  const keys = <Keys participantId={uid} kinds={['SECRET', 'PUBLISHABLE']} {...merchant} places={places} />;
  return (
    <ParticipantView name={merchant.name} note={`Merchant${merchant.bank ? ` of ${merchant.bank.name}` : ''}`} keys={keys}>
      <Panel title="Merchant">
        <Facts>
          <Fact name="Uid">
            <Id value={merchant.uid} />
          </Fact>
          <Fact name="Account">{merchant.iban && <span className="mono">{merchant.iban}</span>}</Fact>
          <Fact name="Tax number">{merchant.taxNumber}</Fact>
          <Fact name="Category">{merchant.mcc}</Fact>
          <Fact name="Callbacks go to">{merchant.callbackUrl && <span className="mono">{merchant.callbackUrl}</span>}</Fact>
          <Fact name="Customers return to">{merchant.redirectOrigins?.join(', ')}</Fact>
          <Fact name="Logo">{merchant.logoUrl && <span className="mono">{merchant.logoUrl}</span>}</Fact>
          <Fact name="Since">{merchant.registeredAt && <When at={merchant.registeredAt} />}</Fact>
        </Facts>
      </Panel>
      <Agreed {...merchant} />
    </ParticipantView>
  );
}

const BOUND_WORDS: Readonly<Record<BoundTokens, string>> = { REQUIRED: 'must name their request', WHEN_PRESENT: 'may name their request' };
const KEY_USE_WORDS: Readonly<Record<KeyUse, string>> = { SEPARATE: 'one for each purpose', SHARED: 'one for both purposes' };
const PLAIN_WORDS: Readonly<Record<PlainBodies, string>> = { BOUND: 'must name their request', BARE: 'may be bare' };

/** What operations agreed with a participant, and where its keys are followed. Null for whoever may not see it. */
function Agreed({ terms, keySource }: Pick<NonNullable<OneMerchantQuery['merchant']>, 'terms' | 'keySource'>) {
  if (!terms) return null;
  return (
    <Panel title="Terms">
      <Facts>
        <Fact name="Requests">
          {terms.limits.perSecond} a second, {terms.limits.burst} at once
        </Fact>
        <Fact name="Header tokens">{BOUND_WORDS[terms.boundTokens]}</Fact>
        <Fact name="Over plain JSON">{PLAIN_WORDS[terms.plainBodies]}</Fact>
        <Fact name="Keys">{KEY_USE_WORDS[terms.keyUse]}</Fact>
        {keySource ? (
          <Fact name="Key set">
            <span>
              <span className="mono">{keySource.url}</span> {keySource.state.toLowerCase()}
            </span>
          </Fact>
        ) : null}
      </Facts>
    </Panel>
  );
}

function ParticipantView(o: { readonly name: string; readonly note: string; readonly keys: ReactNode; readonly children: ReactNode }) {
  return (
    <>
      <PageHead crumbs={<Link to="/participants">Participants</Link>} title={o.name} note={o.note} />
      <div className="columns">
        <div>{o.keys}</div>
        <div>{o.children}</div>
      </div>
    </>
  );
}

type KeysProps = Parameters<typeof ParticipantKeys>[0] &
  Omit<Parameters<typeof ApiKeys>[0], 'apiKeys'> & {
    readonly apiKeys: Parameters<typeof ApiKeys>[0]['apiKeys'] | null;
    readonly lastCallbackTest: Parameters<typeof CallbackTest>[0]['last'];
    readonly places: readonly TestedPlace[];
  };

/** Null for whoever may not see them. */
function Keys(o: Omit<KeysProps, 'keys'> & { readonly keys: KeysProps['keys'] | null }) {
  const { participantId, keys, apiKeys, kinds } = o;
  if (!keys || !apiKeys) {
    return (
      <Panel title="Keys">
        <p className="note">Keys and addresses are shown to the participant itself and to operations.</p>
      </Panel>
    );
  }
  return (
    <>
      <ParticipantKeys participantId={participantId} keys={keys} />
      <ApiKeys participantId={participantId} apiKeys={apiKeys} kinds={kinds} />
      <CallbackTest participantId={participantId} places={o.places} last={o.lastCallbackTest} />
    </>
  );
}
