import { keepPreviousData, useQuery } from '@tanstack/react-query';

import { LookUpProtectionDocument, type LookUpProtectionQuery } from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { type Column, Table } from '../parts/keyset-table.tsx';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { Panel } from '../parts/panel.tsx';
import { Problem } from '../parts/states.tsx';
import { accountTail } from '../parts/words.ts';
import { useHub } from '../session/hub.tsx';

/** Look-ups are no events: they are asked for now and then. */
const REFRESH_MS = 10_000;

type Protection = NonNullable<LookUpProtectionQuery['aliasLookUpProtection']>;
type Level = Protection['levels'][number];

/** What keeps the directory from being read out, and who has asked for much. */
export function LookUpProtection({ changes }: { readonly changes: number }) {
  const { client } = useHub();
  const names = useNames();
  const { data, error } = useQuery({
    queryKey: ['look-up-protection', changes],
    queryFn: async ({ signal }) => (await client.ask(LookUpProtectionDocument, {}, { signal })).data.aliasLookUpProtection,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  if (error && !data) return <Problem error={error} />;
  if (!data) return null;
  const { hitCost, missCost, paymentCredit, bankLimit, accountLimit, levels } = data;
  return (
    <Panel title="Protection of the directory" flush>
      <div className="panel-body">
        <p>
          A number that leads somewhere costs a bank and its payer’s account {hitCost} {tokens(hitCost)}, one that leads nowhere {missCost};
          a payment of what was looked up gives {paymentCredit} back. A bank has {bankLimit.capacity} and gets {bankLimit.refillPerMinute} a
          minute, an account {accountLimit.capacity} and {accountLimit.refillPerMinute}.
        </p>
        {levels.length === 0 ? <p role="status">Nobody has asked for more than comes back at once.</p> : null}
      </div>
      {levels.length === 0 ? null : (
        <Table
          label="Who has asked for much"
          columns={columns(names, data)}
          rows={levels}
          keyOf={({ bank, account }) => `${bank?.guid} ${account}`}
        />
      )}
    </Panel>
  );
}

function tokens(count: number): string {
  return count === 1 ? 'token' : 'tokens';
}

function columns(names: Names, { bankLimit, accountLimit }: Protection): readonly Column<Level>[] {
  return [
    { title: 'Bank', cell: ({ bank }) => bankName(names, bank) },
    {
      title: 'For',
      cell: ({ account }) => (account === null ? 'everything it asks' : <span className="mono">{accountTail(account)}</span>),
    },
    {
      title: 'Left',
      cell: ({ account, tokens: left }) => {
        const { capacity } = account === null ? bankLimit : accountLimit;
        return (
          <span className="level">
            <meter min={0} max={capacity} low={capacity / 4} value={Math.max(0, left)} aria-label="Tokens left" />
            <span className="num">
              {left} of {capacity}
            </span>
          </span>
        );
      },
    },
    { title: 'Full again', cell: ({ fullAt }) => <When at={fullAt} /> },
  ];
}
