import type pg from 'pg';

import type { MailOutcome, MailState } from '../../../../kernel/mail/mail.ts';
import type { MailAttemptView, MailReads, MailView } from '../../app/mail/mail-ports.ts';

/** Reads mails as they are committed. */
export function createMailReads(pool: pg.Pool): MailReads {
  return {
    async byId(id) {
      const { rows } = await pool.query<MailRow>({ name: 'mail-by-id', text: `select ${COLUMNS} from mail where id = $1`, values: [id] });
      return rows[0] ? viewOf(rows[0]) : null;
    },
    async page({ state, kind, receiverId, limit, after }) {
      const values = [state, kind, receiverId, limit, after?.createdAt ?? null, after?.id ?? null];
      const { rows } = await pool.query<MailRow>({ name: 'page-of-mails', text: PAGE, values });
      return rows.map(viewOf);
    },
    async attempts(id) {
      const { rows } = await pool.query<AttemptRow>({ name: 'attempts-of-mail', text: ATTEMPTS, values: [id] });
      return rows.map(({ started_at: startedAt, duration_ms: durationMs, ...row }): MailAttemptView => ({ ...row, startedAt, durationMs }));
    },
  };
}

const COLUMNS = 'id, event, kind, receiver_id, address, subject, created_at, state, due_at, sent_at, copy';
const PAGE = `
select ${COLUMNS} from mail
where ($1::text is null or state = $1) and ($2::text is null or kind = $2) and ($3::text is null or receiver_id = $3)
  and ($5::timestamptz is null or (created_at, id) < ($5, $6::uuid))
order by created_at desc, id desc limit $4`;
/** The last hundred: two days of tries. */
const ATTEMPTS = `
select attempt, copy, started_at, duration_ms, outcome, answer, stray from mail_attempt where mail_id = $1 order by attempt desc limit 100`;

interface MailRow {
  readonly id: string;
  readonly event: string;
  readonly kind: string;
  readonly receiver_id: string;
  readonly address: string;
  readonly subject: string;
  readonly created_at: Date;
  readonly state: MailState;
  readonly due_at: Date | null;
  readonly sent_at: Date | null;
  readonly copy: number;
}

interface AttemptRow {
  readonly attempt: number;
  readonly copy: number;
  readonly started_at: Date;
  readonly duration_ms: number;
  readonly outcome: MailOutcome;
  readonly answer: string;
  readonly stray: boolean;
}

function viewOf({ receiver_id, created_at, due_at, sent_at, ...row }: MailRow): MailView {
  return { ...row, receiverId: receiver_id, createdAt: created_at, dueAt: due_at, sentAt: sent_at };
}
