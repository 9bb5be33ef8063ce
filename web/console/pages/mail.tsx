import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';

import { DecisionForm } from '../forms/decision-form.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import { OneMailDocument, type OneMailQuery, RetryMailDocument } from '../generated/documents.ts';
import { Id, When } from '../parts/bits.tsx';
import { Chip, MAIL_OUTCOME_WORDS, MAIL_WORDS, StateChip } from '../parts/chip.tsx';
import { type Column, Table } from '../parts/keyset-table.tsx';
import { bankName, useNames } from '../parts/names.ts';
import { Fact, Facts, PageHead, Panel } from '../parts/panel.tsx';
import { Empty, Loading, NotFound, Problem } from '../parts/states.tsx';
import { durationText } from '../parts/words.ts';
import { useHub } from '../session/hub.tsx';
import { MAIL_KINDS, MailboxLink } from './mails.tsx';

const route = getRouteApi('/mails/$id');
const REFRESH_MS = 2_000;

type MailView = NonNullable<OneMailQuery['mail']>;
type Attempt = MailView['attempts'][number];

/** One mail of the hub: to whom, how often it was tried, and once more by hand. */
export function MailPage() {
  const { id } = route.useParams();
  const { client, settings } = useHub();
  const names = useNames();
  const [isOpen, setOpen] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ['mail', id],
    queryFn: async ({ signal }) => (await client.ask(OneMailDocument, { id }, { signal })).data.mail,
    refetchInterval: REFRESH_MS,
  });
  if (error && !data) return <Problem error={error} onAgain={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  if (data === null) return <NotFound />;
  const close = (): void => {
    setOpen(false);
    void refetch();
  };
  return (
    <>
      <PageHead
        crumbs={<Link to="/mails">Mails</Link>}
        title={
          <span className="title-line">
            {MAIL_KINDS[data.kind]}
            <StateChip state={data.status} words={MAIL_WORDS} />
          </span>
        }
        note={data.subject}
        actions={
          <>
            {settings.sandboxUrl === null ? null : <MailboxLink sandboxUrl={settings.sandboxUrl} to={data.address} />}
            <Button className="ink" onClick={() => setOpen(true)}>
              Send again
            </Button>
          </>
        }
      />
      <div className="columns">
        <Panel title="Tries" flush>
          {data.attempts.length === 0 ? (
            <Empty title="It was not tried yet" />
          ) : (
            <Table label="Tries" columns={ATTEMPT_COLUMNS} rows={data.attempts} keyOf={({ copy, number }) => `${copy} ${number}`} />
          )}
        </Panel>
        <Panel title="Mail">
          <Facts>
            <Fact name="Bank">{bankName(names, data.bank)}</Fact>
            <Fact name="Address">{data.address}</Fact>
            <Fact name="Tells of">
              <Id value={data.event} />
            </Fact>
            <Fact name="Written">
              <When at={data.createdAt} />
            </Fact>
            <Fact name="Taken">{data.sentAt === null ? null : <When at={data.sentAt} />}</Fact>
            <Fact name="Tried next">{data.nextTryAt === null ? null : <When at={data.nextTryAt} />}</Fact>
            <Fact name="Copies">{String(data.copy)}</Fact>
          </Facts>
        </Panel>
      </div>
      {isOpen ? <SendAgain mail={data} onClose={close} /> : null}
    </>
  );
}

const ATTEMPT_COLUMNS: readonly Column<Attempt>[] = [
  { title: 'When', cell: ({ startedAt }) => <When at={startedAt} /> },
  { title: 'Copy', end: true, cell: ({ copy }) => <span className="num">{copy}</span> },
  { title: 'Try', end: true, cell: ({ number }) => <span className="num">{number}</span> },
  { title: 'Took', end: true, cell: ({ durationMs }) => <span className="num">{durationText(durationMs)}</span> },
  { title: 'What the mail server said', cell: ({ answer, stray }) => (stray ? `${answer} (too late to count)` : answer) },
  { title: 'Outcome', end: true, cell: ({ outcome }) => <StateChip state={outcome} words={MAIL_OUTCOME_WORDS} /> },
];

function SendAgain({ mail: { mailId, status }, onClose }: { readonly mail: MailView; readonly onClose: () => void }) {
  const wasSent = status === 'SENT';
  const form = useKeptForm({
    id: `mail ${mailId}`,
    blank: { again: wasSent },
    document: RetryMailDocument,
    inputOf: ({ again }, idempotencyKey) => ({ mailId, again, idempotencyKey }),
    onDone: onClose,
  });
  return (
    <DecisionForm title="Send it again?" form={form} onClose={onClose} send="Send it">
      {wasSent ? (
        <p>
          <Chip tone="warn">It was sent</Chip> The mail server has taken it. The bank gets one more copy.
        </p>
      ) : (
        <p>It is tried at once, and not at its time.</p>
      )}
    </DecisionForm>
  );
}
