import { isUuid } from '../../../kernel/core/ids.ts';
import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { connectionOf, foreignCursor, pageRequest, type Connection } from '../../../kernel/runtime/graphql/connection.ts';
import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import type { Caller } from '../../../schema/caller.ts';
import { MAIL_KINDS, type MailKind } from '../app/mail/mail-facts.ts';
import type { MailAttemptView, MailReads, MailView } from '../app/mail/mail-ports.ts';
import { retryMail } from '../app/mail/retry-mail.ts';
import type { SettlementBuilder, SettlementContext } from './builder.ts';
import { failureError } from './failure-messages.ts';
import type { BankStub } from './stubs.ts';

/** The mails to banks, as operations see them. */
export function addMail(builder: SettlementBuilder, bank: BankStub): void {
  const { kind, state } = addEnums(builder);
  const attempt = addAttempt(builder);
  const mail = builder.objectRef<MailView>('Mail').implement({
    description: 'A mail of the hub to a bank. It is sent once for what it tells of, and tried for two days.',
    fields: (t) => ({
      mailId: t.exposeID('id', { description: 'Its id; with the number of the copy the beginning of its Message-ID.' }),
      kind: t.field({ type: kind, description: 'What it tells of.', resolve: kindOf }),
      status: t.field({ type: state, description: 'Where it stands.', resolve: (parent) => parent.state }),
      event: t.exposeString('event', { description: 'What it tells of, and to whom: there is one mail for each.' }),
      bank: t.field({ type: bank, nullable: true, description: 'For whom it is.', resolve: ({ receiverId }) => ({ guid: receiverId }) }),
      address: t.exposeString('address', { description: 'Where it goes.' }),
      subject: t.exposeString('subject', { description: 'Its subject.' }),
      copy: t.exposeInt('copy', { description: '1, and one more each time that it was sent again.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was written.' }),
      nextTryAt: t.expose('dueAt', { type: 'DateTime', nullable: true, description: 'When it is tried next; null when it is not.' }),
      sentAt: t.expose('sentAt', { type: 'DateTime', nullable: true, description: 'When the mail server took it last.' }),
      attempts: t.field({
        type: [attempt],
        description: 'Its tries, the last hundred, newest first.',
        resolve: async ({ id }, _args, { settlement }) => [...(await settlement.mails.attempts(id))],
      }),
    }),
  });
  addMailQueries(builder, { mail, kind, state });
  addMailRetry(builder, mail);
}

const kindOf = ({ kind }: MailView): MailKind => {
  const known = MAIL_KINDS.find((candidate) => candidate === kind);
  if (!known) throw new Error(`there is no mail of the kind ${kind}`);
  return known;
};

/** Mails name employees of banks: operations alone see them. */
async function visibleMail(reads: MailReads, caller: Caller, id: string): Promise<MailView | null> {
  return caller.kind === 'operations' && isUuid(id) ? await reads.byId(id) : null;
}

function addEnums(builder: SettlementBuilder) {
  const kind = builder.enumType('MailKind', {
    description: 'What a mail tells of.',
    values: {
      REGISTER: { description: 'A register with payments.' },
      EMPTY_REGISTERS: { description: 'The registers of a day without payments.' },
      DAILY_RECONCILIATION: { description: 'How a bank and another stand, over the month so far.' },
      MONTHLY_RECONCILIATION: { description: 'How a bank and another stand, over a calendar month.' },
      MERCHANT_ONBOARDING: { description: 'A merchant of the bank was registered.' },
    } satisfies Record<MailKind, object>,
  });
  const state = builder.enumType('MailStatus', {
    description: 'Where a mail stands.',
    values: {
      WAITING: { description: 'It is to be sent, or sent again.' },
      SENT: { description: 'The mail server has taken it.' },
      FAILED: { description: 'It was refused, or not taken within two days.' },
    } satisfies Record<MailView['state'], object>,
  });
  return { kind, state };
}

type Enums = ReturnType<typeof addEnums>;

function addAttempt(builder: SettlementBuilder) {
  const outcome = builder.enumType('MailOutcome', {
    description: 'What came of a try.',
    values: {
      SENT: { description: 'The mail server has taken it.' },
      REFUSED: { description: 'The mail server will not have it.' },
      UNSENT: { description: 'It is not known to have been taken; it is tried again.' },
    } satisfies Record<MailAttemptView['outcome'], object>,
  });
  return builder.objectRef<MailAttemptView>('MailAttempt').implement({
    description: 'One try of a mail.',
    fields: (t) => ({
      number: t.exposeInt('attempt', { description: 'Counts the tries of the mail.' }),
      copy: t.exposeInt('copy', { description: 'Of which copy.' }),
      startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
      durationMs: t.exposeInt('durationMs', { description: 'How long it took.' }),
      outcome: t.field({ type: outcome, description: 'What came of it.', resolve: (parent) => parent.outcome }),
      answer: t.exposeString('answer', { description: 'What the mail server said, or why it was not asked.' }),
      stray: t.exposeBoolean('stray', { description: 'It ended after its time, and another try decides.' }),
    }),
  });
}

interface QueryParts extends Enums {
  readonly mail: PothosSchemaTypes.ObjectRef<SettlementBuilder extends PothosSchemaTypes.SchemaBuilder<infer T> ? T : never, MailView>;
}

function addMailQueries(builder: SettlementBuilder, { mail, kind, state }: QueryParts): void {
  builder.queryFields((t) => ({
    mail: t.field({
      type: mail,
      nullable: true,
      requiresScopes: [['settlement:write']],
      tag: 'internal',
      description: 'One mail; null for everyone but operations.',
      args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
      resolve: (_root, { id }, { settlement, caller }) => visibleMail(settlement.mails, caller, id),
    }),
    mails: t.field({
      type: connectionType(builder, 'Mail', mail),
      requiresScopes: [['settlement:write']],
      tag: 'internal',
      description: 'The mails of the hub, newest first. For operations.',
      args: {
        status: t.arg({ type: state, description: 'Only those that stand so.' }),
        kind: t.arg({ type: kind, description: 'Only those that tell of this.' }),
        bank: t.arg.string({ description: 'Only those for this bank, by its guid.' }),
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
      },
      resolve: async (_root, args, { settlement, caller }): Promise<Connection<MailView>> => {
        const page = pageRequest(args, { keyParts: 2 });
        const query = {
          state: args.status ?? null,
          kind: args.kind ?? null,
          receiverId: args.bank ?? null,
          limit: page.first + 1,
          after: page.after && placeOf(page.after),
        };
        const rows = caller.kind === 'operations' ? await settlement.mails.page(query) : [];
        return connectionOf(rows, page, ({ createdAt, id }) => [createdAt.toISOString(), id]);
      },
    }),
  }));
}

function placeOf([createdAt = '', id = '']: readonly string[]) {
  const instant = new Date(createdAt);
  if (Number.isNaN(instant.getTime()) || !isUuid(id)) throw foreignCursor();
  return { createdAt: instant, id };
}

function addMailRetry(builder: SettlementBuilder, mail: QueryParts['mail']): void {
  const input = builder.inputType('MailRetryInput', {
    description: 'Which mail.',
    fields: (t) => ({
      mailId: t.id({ required: true, description: 'Its id.' }),
      again: t.boolean({ required: true, defaultValue: false, description: 'Whether one that was sent is to be sent once more.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<{ readonly mail: MailView | null }, SettlementContext>(builder, 'MailRetry', (t) => ({
    mail: t.field({ type: mail, nullable: true, description: 'The mail as it is now.', resolve: (result) => result.mail }),
  }));
  builder.mutationField('mailRetry', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['settlement:write']],
      tag: 'internal',
      description: 'Sends a mail that waits or failed now, or, when it is asked for, one that was sent once more. For operations.',
      args: { input: t.arg({ type: input, required: true, description: 'The mail.' }) },
      resolve: async (_root, { input: given }, { settlement, caller }) => {
        const done = await retryMail(settlement.operations, caller, given);
        if (!done.ok) return { mail: null, replayed: false, errors: [failureError(done.failure)] };
        return { mail: await settlement.mails.byId(given.mailId), replayed: done.value.replayed, errors: [] };
      },
    }),
  );
}
