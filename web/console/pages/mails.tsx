import { Select } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';

import { type MailKind, MailListDocument, type MailRowFragment, type MailStatus } from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { MAIL_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, KeysetTable } from '../parts/keyset-table.tsx';
import { bankName, type Names, useNames } from '../parts/names.ts';
import { PageHead } from '../parts/panel.tsx';
import { useHub } from '../session/hub.tsx';

const route = getRouteApi('/mails');
/** Mails have no stream of their own. */
const REFRESH_MS = 5_000;

export const MAIL_KINDS: Readonly<Record<MailKind, string>> = {
  REGISTER: 'Register',
  EMPTY_REGISTERS: 'Registers without payments',
  DAILY_RECONCILIATION: 'Reconciliation of a day',
  MONTHLY_RECONCILIATION: 'Reconciliation of a month',
  MERCHANT_ONBOARDING: 'New merchant',
};

interface MailFilters {
  readonly kind?: string | undefined;
  readonly status?: string | undefined;
  readonly bank?: string | undefined;
}

/** The mails that the hub writes to banks, and whether they were taken. */
export function MailsPage() {
  const filters: MailFilters = route.useSearch();
  const { client, settings } = useHub();
  const names = useNames();
  const pages = useInfiniteQuery({
    queryKey: ['mails', filters],
    queryFn: async ({ pageParam, signal }) => {
      const { kind, status, bank } = filters;
      const variables = { after: pageParam, kind: kind as MailKind | undefined, status: status as MailStatus | undefined, bank };
      return (await client.ask(MailListDocument, variables, { signal })).data.mails;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    refetchInterval: REFRESH_MS,
  });
  return (
    <>
      <PageHead
        title="Mails"
        note="What the hub tells banks by mail, newest first"
        actions={settings.sandboxUrl === null ? null : <MailboxLink sandboxUrl={settings.sandboxUrl} />}
      />
      <MailFilterBar filters={filters} banks={names.banks} />
      <div className="panel">
        <KeysetTable
          label="Mails"
          columns={columns(names)}
          rows={pages.data?.pages.flatMap(({ nodes }) => nodes) ?? []}
          keyOf={({ mailId }) => mailId}
          pages={pages}
          empty="No mail fits this"
        />
      </div>
    </>
  );
}

/** Where the mails of the sandbox arrive. */
export function MailboxLink({ sandboxUrl, to }: { readonly sandboxUrl: string; readonly to?: string }) {
  const address = new URL('/mailbox', sandboxUrl);
  if (to !== undefined) address.searchParams.set('to', to);
  return (
    <a className="button" href={address.href} target="_blank" rel="noreferrer">
      Mailbox of the sandbox
    </a>
  );
}

function MailFilterBar({ filters, banks }: { readonly filters: MailFilters; readonly banks: Names['banks'] }) {
  const navigate = route.useNavigate();
  const change = (part: MailFilters): void => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  return (
    <div className="filters" role="group" aria-label="Filters">
      <Select
        label="About"
        placeholder="All"
        clearable
        data={Object.entries(MAIL_KINDS).map(([value, label]) => ({ value, label }))}
        value={filters.kind ?? null}
        onChange={(kind) => change({ kind: kind ?? undefined })}
      />
      <Select
        label="State"
        placeholder="All"
        clearable
        data={Object.entries(MAIL_WORDS).map(([value, [, label]]) => ({ value, label }))}
        value={filters.status ?? null}
        onChange={(status) => change({ status: status ?? undefined })}
      />
      <Select
        label="Bank"
        placeholder="All"
        clearable
        searchable
        data={[...banks].map(([value, label]) => ({ value, label }))}
        value={filters.bank ?? null}
        onChange={(bank) => change({ bank: bank ?? undefined })}
      />
    </div>
  );
}

function columns(names: Names): readonly Column<MailRowFragment>[] {
  return [
    {
      title: 'Written',
      cell: ({ mailId, createdAt }) => (
        <Link className="row-link" to="/mails/$id" params={{ id: mailId }}>
          <When at={createdAt} />
        </Link>
      ),
    },
    {
      title: 'Mail',
      cell: ({ kind, subject }) => (
        <span className="two-lines">
          {MAIL_KINDS[kind]}
          <span>{subject}</span>
        </span>
      ),
    },
    {
      title: 'To',
      cell: ({ bank, address }) => (
        <span className="two-lines">
          {bankName(names, bank)}
          <span>{address}</span>
        </span>
      ),
    },
    { title: 'Tried again', cell: ({ nextTryAt }) => (nextTryAt === null ? '' : <When at={nextTryAt} />) },
    { title: 'State', end: true, cell: ({ status }) => <StateChip state={status} words={MAIL_WORDS} /> },
  ];
}
