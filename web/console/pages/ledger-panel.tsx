import { useQuery } from '@tanstack/react-query';

import { type LedgerAccountKind, PaymentLedgerDocument } from '../generated/documents.ts';
import { Amount, Id } from '../parts/bits.tsx';
import { bankName, useNames } from '../parts/names.ts';
import { Fact, Facts, Panel } from '../parts/panel.tsx';
import { useCan, useHub } from '../session/hub.tsx';
import type { PaymentFacts } from './timeline.ts';

const ACCOUNTS: Readonly<Record<LedgerAccountKind, string>> = {
  CLAIM: 'claim',
  OBLIGATION: 'obligation',
  FEE_CHARGED: 'fee charged',
  FEE_WITHHELD: 'fee withheld',
  TRANSIT_IN: 'transit in',
  TRANSIT_OUT: 'transit out',
};

const REFRESH_MS = 2_000;

/** The balanced entry that the payment left in the ledger; nothing where there is none, or the viewer may not see it. */
export function LedgerPanel({ payment: { guid, status } }: { readonly payment: PaymentFacts }) {
  const { client } = useHub();
  const names = useNames();
  const enabled = useCan('settlement') && status === 'SUCCESS';
  const { data: entry } = useQuery({
    queryKey: ['ledger', guid],
    queryFn: async ({ signal }) => (await client.ask(PaymentLedgerDocument, { guid }, { signal })).data.payment?.ledgerTransaction ?? null,
    // The ledger follows a success within moments.
    refetchInterval: ({ state }) => (state.data ? false : REFRESH_MS),
    enabled,
  });
  if (!entry) return null;
  return (
    <Panel title="Ledger" flush>
      <div className="table-box" tabIndex={0} role="group" aria-label="Ledger entries">
        <table className="table tight">
          <thead>
            <tr>
              <th scope="col">Account</th>
              <th scope="col" className="end">
                Debit
              </th>
              <th scope="col" className="end">
                Credit
              </th>
            </tr>
          </thead>
          <tbody>
            {entry.entries.map(({ accountKind, side, amount, bank }) => (
              <tr key={`${accountKind} ${bank?.guid} ${side}`}>
                <td>
                  <span className="two-lines">
                    {bankName(names, bank)}
                    <span>{ACCOUNTS[accountKind]}</span>
                  </span>
                </td>
                <td className="end">{side === 'DEBIT' ? <Amount of={amount} /> : null}</td>
                <td className="end">{side === 'CREDIT' ? <Amount of={amount} /> : null}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="panel-body">
        <Facts>
          <Fact name="Business day">{entry.businessDay}</Fact>
          <Fact name="Late from">{entry.lateFrom}</Fact>
          <Fact name="Number">{entry.sequence}</Fact>
          <Fact name="Hash">
            <Id value={entry.hash} />
          </Fact>
        </Facts>
      </div>
    </Panel>
  );
}
