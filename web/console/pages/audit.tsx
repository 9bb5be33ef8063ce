import { Button, Select, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';

import type { AuditAction } from '../generated/documents.ts';
import { DraftInput } from '../parts/draft-input.tsx';
import { PageHead } from '../parts/panel.tsx';
import { Empty, Loading, Problem } from '../parts/states.tsx';
import { useHub } from '../session/hub.tsx';
import { type AuditCursors, type AuditPages, FIRST_PAGES, type LoggedEntry, shownEntries } from './audit-entries.ts';
import { AuditList } from './audit-list.tsx';
import { LOGS, type LogName, readAudit } from './audit-logs.ts';
import { ChainsPanel } from './audit-chains.tsx';
import { ACTION_WORDS } from './audit-words.ts';
import { period } from './payment-filters.ts';

const PAGE_ROWS = 50;
const route = getRouteApi('/audit');

interface AuditFilters {
  readonly log?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** Days of the viewer's own calendar, both included. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** Who did what: the audit logs of all subgraphs as one list, and whether each is as it was written. */
export function AuditPage() {
  const filters: AuditFilters = route.useSearch();
  return (
    <>
      <PageHead
        title="Audit log"
        note="What people did by mutations, newest first. Entries are only ever appended, and each is chained to the one before."
      />
      <ChainsPanel />
      <FilterBar filters={filters} />
      <div className="panel">
        <Entries filters={filters} />
      </div>
    </>
  );
}

function Entries({ filters }: { readonly filters: AuditFilters }) {
  const { client } = useHub();
  const { log, actor, action, target, from, until } = filters;
  const first: AuditCursors = LOGS.some(({ name }) => name === log) ? { [log as LogName]: null } : FIRST_PAGES; // One of them, as the line says.
  const variables = { actor, action: knownAction(action), target, ...period({ from, until }) };
  const pages = useInfiniteQuery({
    queryKey: ['audit', filters],
    queryFn: async ({ pageParam, signal }): Promise<AuditPages> => {
      const asked = LOGS.filter(({ name }) => name in pageParam);
      const read = await Promise.all(
        asked.map(async ({ name }) => {
          const { page } = await readAudit(client, name, { ...variables, first: PAGE_ROWS, after: pageParam[name] }, signal);
          return { name, page };
        }),
      );
      const entries = read.flatMap(({ name, page }): LoggedEntry[] => page.nodes.map((node) => ({ ...node, log: name })));
      const unread = read.filter(({ page }) => page.pageInfo.hasNextPage);
      return { entries, next: Object.fromEntries(unread.map(({ name, page }) => [name, page.pageInfo.endCursor])) };
    },
    initialPageParam: first,
    getNextPageParam: ({ next }) => (Object.keys(next).length > 0 ? next : undefined),
  });
  const shown = shownEntries(pages.data?.pages ?? []);
  if (pages.error && !pages.data) return <Problem error={pages.error} onAgain={() => void pages.refetch()} />;
  if (!pages.data) return <Loading />;
  if (shown.length === 0 && !pages.hasNextPage) return <Empty title="Nobody has done anything that fits this" />;
  return (
    <>
      <AuditList entries={shown} />
      {pages.hasNextPage ? (
        <div className="more">
          <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </>
  );
}

const isAction = (text: string): text is AuditAction => Object.hasOwn(ACTION_WORDS, text);
const knownAction = (text: string | undefined): AuditAction | undefined => (text !== undefined && isAction(text) ? text : undefined);

function FilterBar({ filters }: { readonly filters: AuditFilters }) {
  const navigate = route.useNavigate();
  const change = (part: AuditFilters): void => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const asIs = (typed: string): string => typed;
  return (
    <div className="filters" role="group" aria-label="Filters">
      <Select
        label="Log"
        placeholder="All"
        clearable
        data={LOGS.map(({ name, label }) => ({ value: name, label }))}
        value={filters.log ?? null}
        onChange={(log) => change({ log: log ?? undefined })}
      />
      <DraftInput label="Who" placeholder="Subject or id" value={filters.actor ?? ''} read={asIs} onChange={(actor) => change({ actor })} />
      <Select
        label="What"
        placeholder="All"
        clearable
        searchable
        data={Object.entries(ACTION_WORDS).map(([value, label]) => ({ value, label }))}
        value={filters.action ?? null}
        onChange={(action) => change({ action: action ?? undefined })}
      />
      <DraftInput label="On what" placeholder="Its id" value={filters.target ?? ''} read={asIs} onChange={(target) => change({ target })} />
      <TextInput
        label="From"
        type="date"
        value={filters.from ?? ''}
        onChange={(event) => change({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        label="Until"
        type="date"
        value={filters.until ?? ''}
        onChange={(event) => change({ until: event.currentTarget.value || undefined })}
      />
      {Object.keys(filters).length === 0 ? null : (
        <Button variant="subtle" onClick={() => void navigate({ search: {}, replace: true })}>
          Clear
        </Button>
      )}
    </div>
  );
}
