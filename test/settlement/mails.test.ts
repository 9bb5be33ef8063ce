import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { wallClock } from '../../kernel/runtime/clock.ts';
import type { LoggedEvent } from '../../kernel/runtime/event-log/feed.ts';
import { createLogger } from '../../kernel/runtime/logger.ts';
import { createMetrics } from '../../kernel/runtime/metrics.ts';
import { createMailRunner } from '../../kernel/mail/mail-runner.ts';
import { createMailStore } from '../../kernel/mail/mail-store.ts';
import { createSmtpSender } from '../../kernel/mail/smtp-sender.ts';
import type { ComposedMail, LeasedMail } from '../../kernel/mail/mail.ts';
import { fileText, type MailServer, startMailServer } from '../support/mail-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { BANK_A, BANK_B, BANK_C, MERCHANT } from './directory.ts';
import { aSucceededPayment, bankCaller, OPERATIONS, type RunningSettlement, startSettlement } from './running-settlement.ts';

const NOON = '2026-02-28T10:00:00.000Z';
/** 00:01 and 06:00 in Kyiv. */
const AFTER_MIDNIGHT = '2026-02-28T22:01:00.000Z';
const JUST_BEFORE_SIX = '2026-03-01T03:59:59.999Z';
const SIX = '2026-03-01T04:00:00.000Z';

const AT_NOON = { succeededAt: NOON };

const logger = createLogger({ level: 'silent', name: 'test' });
const SETTINGS = { from: 'hub@hub.example', brandName: 'Hub', linkBase: null };

let server: MailServer;
let settlement: RunningSettlement;
beforeAll(async () => {
  server = await startMailServer();
});
afterAll(() => server.stop());

/** Sends until nothing is due; returns what the server got meanwhile. */
async function sent() {
  const before = server.mails.length;
  while ((await settlement.subgraph.mails.send()) > 0);
  return server.mails.slice(before);
}

const MAILS = `query ($status: MailStatus, $kind: MailKind, $bank: String, $first: Int, $after: Cursor) { mails(status: $status, kind: $kind, bank: $bank, first: $first, after: $after) {
  nodes { mailId kind status event bank { guid } address subject copy nextTryAt sentAt attempts { number copy outcome answer stray } } pageInfo { hasNextPage endCursor } } }`;
const RETRY = `mutation ($input: MailRetryInput!) { mailRetry(input: $input) { mail { status copy } replayed errors { code } } }`;

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads what its own document asks for
async function mails(variables: object = {}, caller = OPERATIONS): Promise<any[]> {
  // oxlint-disable-next-line typescript/no-explicit-any -- the same
  return ((await settlement.ask(MAILS, { first: 100, ...variables }, caller)) as any).mails.nodes;
}

async function retry(input: object, caller = OPERATIONS) {
  const { mailRetry } = await settlement.ask(RETRY, { input: { idempotencyKey: randomUUID(), ...input } }, caller);
  return mailRetry as { mail: { status: string; copy: number } | null; errors: { code: string }[] };
}

const HOSTILE = `=HYPERLINK("https://evil.example","Сплатити");<script>alert('1')</script>`;

describe('the day after', () => {
  beforeEach(async () => {
    settlement = await startSettlement({ at: NOON, mail: { smtpUrl: server.url, linkBase: 'https://console.example' } });
    await settlement.succeed(
      aSucceededPayment({
        ...AT_NOON,
        amountMinor: '100',
        purpose: HOSTILE,
        externalId: '+380-1',
        debtorAccount: 'UA111',
        creditorAccount: 'UA222',
      }),
      aSucceededPayment({ ...AT_NOON, amountMinor: '250', initiatorBankGuid: BANK_B, receiverBankGuid: BANK_B }),
    );
    await settlement.booked(2);
  });
  afterEach(() => settlement.stop());

  test('both banks get a register once it is committed, and one mail about all that is empty', async () => {
    await settlement.subgraph.mails.write();
    expect(await sent()).toEqual([]);
    settlement.setTime(AFTER_MIDNIGHT);
    await settlement.subgraph.mails.write();
    expect(await sent()).toEqual([]);
    await settlement.subgraph.timetable.run();
    await settlement.subgraph.mails.write();
    const got = await sent();
    expect(got.map(({ recipients, subject }) => `${recipients.join()} ${subject}`).toSorted()).toEqual([
      'bank@300001.example Порожні реєстри за 28.02.2026: 1',
      'bank@300001.example Реєстр 2802260001 за 28.02.2026: Bank 300001 → Bank 300002',
      'bank@300002.example Порожні реєстри за 28.02.2026: 1',
      'bank@300002.example Реєстр 2802260001 за 28.02.2026: Bank 300001 → Bank 300002',
      'bank@300002.example Реєстр 2802260003 за 28.02.2026: Bank 300002 → Bank 300002',
    ]);
    // Whoever asks again, in this process or another, sends nothing twice.
    await settlement.subgraph.mails.write();
    await settlement.another().mails.write();
    expect(await sent()).toEqual([]);

    const register = got.find(({ recipients, subject }) => recipients[0] === 'bank@300001.example' && subject?.includes('2802260001'));
    if (!register) throw new Error('bank A got no register');
    for (const [name, value] of [
      ['Register ID', '2802260001'],
      ['Debtor agent name', 'Bank 300001'],
      ['Debtor agent BIC', '300001'],
      ['Creditor agent name', 'Bank 300002'],
      ['Creditor agent BIC', '300002'],
      ['Creditor agent code', 'code-300002'],
      ['Creditor agent account', 'UA-300002'],
      ['Purpose', 'Розрахунки за 28.02.2026 за реєстром 2802260001'],
      ['Start date', '2026-02-28'],
      ['End date', '2026-02-28'],
      ['Amount Payment Message', '1.00'],
      ['Currency', 'UAH'],
      ['Total amount to pay', '1.00'],
    ]) {
      expect(register.text).toContain(`  ${name}: ${value}\n`);
    }
    expect(register.html).toContain('href="https://console.example/registers/2802260001"');
    expect(got.find(({ attachments }) => attachments.some(({ filename }) => filename === 'O2802260003.csv'))).toBeDefined();
    const [head, row, end] = fileText(register, 'I2802260001.csv').split('\r\n');
    expect(head).toBe(
      '\uFEFFPayment message external ID,Payment message GUID,Created at,Amount,Issuer fee,Fee amount,Amount to pay,Currency,Purpose,PM type,Debtor account,Creditor account',
    );
    // What a bank's customer wrote is neither a formula nor a script, wherever it is read.
    expect(row).toMatch(/^'\+380-1,[0-9a-f-]{36},2026-02-28 12:00:00,1\.00,0\.0000,0\.00,1\.00,UAH,"'=HYPERLINK\(""https/);
    expect(row).toMatch(/,trade,UA111,UA222$/);
    expect(end).toBe('');
    expect(register.html).not.toContain('<script>');
    expect(register.html).toContain('&lt;script&gt;');
  });

  test('operations see every mail and its tries, and send one again only when they say so', async () => {
    settlement.setTime(AFTER_MIDNIGHT);
    await settlement.subgraph.timetable.run();
    await settlement.subgraph.mails.write();
    const before = server.mails.length;
    server.treat({ at: 'message', code: 451 });
    await sent();
    const [waiting] = await mails({ status: 'WAITING' });
    expect(waiting).toMatchObject({
      nextTryAt: expect.any(String),
      sentAt: null,
      attempts: [{ number: 1, outcome: 'UNSENT', stray: false }],
    });
    expect(waiting.attempts[0].answer).toContain('451');
    expect(await mails({ status: 'SENT' })).toHaveLength(4);
    expect((await mails({ kind: 'REGISTER', bank: BANK_A })).map(({ event, bank }) => [event, bank])).toEqual([
      [`register:2802260001:${BANK_A}`, { guid: BANK_A }],
    ]);
    expect(await mails({}, bankCaller(BANK_A))).toEqual([]);
    expect(await settlement.ask(`{ mail(id: "${waiting.mailId}") { subject } }`, {}, bankCaller(BANK_A))).toEqual({ mail: null });
    expect(await settlement.ask(`{ mail(id: "no-mail") { subject } }`)).toEqual({ mail: null });

    // In pages of two, nothing twice.
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      // oxlint-disable-next-line typescript/no-explicit-any -- the shape is the document's
      const page: any = ((await settlement.ask(MAILS, { first: 2, after })) as any).mails;
      seen.push(...page.nodes.map(({ mailId }: { mailId: string }) => mailId));
      ({ hasNextPage: more, endCursor: after } = page.pageInfo);
    }
    expect(new Set(seen).size).toBe(5);
    expect(seen).toHaveLength(5);

    // The same mail once more, under the same name.
    expect(await retry({ mailId: waiting.mailId })).toMatchObject({ mail: { status: 'WAITING', copy: 1 }, errors: [] });
    const [taken] = await sent();
    expect(taken?.messageId).toBe(`<${waiting.mailId}.1@hub.example>`);
    expect(server.mails).toHaveLength(before + 5);

    expect((await retry({ mailId: waiting.mailId })).errors).toEqual([{ code: 'MAIL_SENT' }]);
    expect((await retry({ mailId: randomUUID() })).errors).toEqual([{ code: 'MAIL_NOT_FOUND' }]);
    expect((await retry({ mailId: 'no-mail' })).errors).toEqual([{ code: 'MAIL_NOT_FOUND' }]);
    expect((await retry({ mailId: waiting.mailId, again: true }, bankCaller(BANK_A))).errors).toEqual([{ code: 'OPERATIONS_ONLY' }]);
    expect(await sent()).toEqual([]);
    const again = { mailId: waiting.mailId, again: true, idempotencyKey: 'again' };
    expect(await retry(again)).toMatchObject({ mail: { status: 'WAITING', copy: 2 } });
    const [copy] = await sent();
    expect(copy?.messageId).toBe(`<${waiting.mailId}.2@hub.example>`);
    expect(await retry(again)).toMatchObject({ mail: { status: 'SENT' }, replayed: true, errors: [] });
    expect(await sent()).toEqual([]);
  });

  test('a mailbox that there is not is told to operations, and neighbours get their mail', async () => {
    settlement.setTime(AFTER_MIDNIGHT);
    await settlement.subgraph.timetable.run();
    await settlement.subgraph.mails.write();
    server.treat({ at: 'recipient', code: 550 });
    expect(await sent()).toHaveLength(4);
    const [failed] = await mails({ status: 'FAILED' });
    expect(failed).toMatchObject({ nextTryAt: null, attempts: [{ outcome: 'REFUSED', answer: expect.stringContaining('550') }] });
    expect(await sent()).toEqual([]);
    expect(await retry({ mailId: failed.mailId })).toMatchObject({ mail: { status: 'WAITING', copy: 1 } });
    expect(await sent()).toHaveLength(1);
  });

  test('without a mail server mails wait, nothing else does, and the process says so', async () => {
    const silent = await startSettlement({ at: NOON });
    try {
      await silent.succeed(aSucceededPayment(AT_NOON));
      await silent.booked(1);
      silent.setTime(AFTER_MIDNIGHT);
      await silent.subgraph.timetable.run();
      await silent.subgraph.mails.write();
      expect(await silent.subgraph.mails.send()).toBe(0);
      expect(await silent.count("mail where state = 'WAITING'")).toBe(4);
      const [, mail] = await silent.subgraph.readiness();
      expect(mail).toEqual({ name: 'mail', ok: false, detail: 'SMTP_URL is not set: mails wait', needed: false });
    } finally {
      await silent.stop();
    }
  });

  test('at six the reports say how each pair stands, to both of it, once; on the second of a month also of the month before', async () => {
    settlement.setTime(AFTER_MIDNIGHT);
    await settlement.subgraph.timetable.run();
    await settlement.subgraph.mails.write();
    await sent();
    settlement.setTime(JUST_BEFORE_SIX);
    await settlement.subgraph.mails.write();
    expect(await sent()).toEqual([]);
    settlement.setTime(SIX);
    await settlement.subgraph.mails.write();
    await settlement.another().mails.write();
    const got = await sent();
    expect(got.map(({ recipients, subject }) => `${recipients.join()} ${subject}`).toSorted()).toEqual([
      'bank@300001.example Звірка за місяць до цього дня: Bank 300002, 01.02.2026 – 28.02.2026',
      'bank@300002.example Звірка за місяць до цього дня: Bank 300001, 01.02.2026 – 28.02.2026',
    ]);
    const toA = got.find(({ recipients }) => recipients[0] === 'bank@300001.example');
    if (!toA) throw new Error('bank A got no report');
    for (const [name, value] of [
      ['Report ID', 'D010326-300001-300002'],
      ['Recipient agent name', 'Bank 300001'],
      ['Recipient agent BIC', '300001'],
      ['Counterparty agent name', 'Bank 300002'],
      ['Counterparty agent BIC', '300002'],
      ['Counterparty agent code', 'code-300002'],
      ['Start date', '2026-02-01 00:00:00'],
      ['End date', '2026-02-28 23:59:59'],
    ]) {
      expect(toA.text).toContain(`  ${name}: ${value}\n`);
    }
    expect(toA.text).toContain('  Total obligations (amounts without fees) | 1.00 | 0.00\n');
    expect(toA.text).toContain('  Outstanding commitments | 1.00 | 0.00\n');
    const [, ...registers] = fileText(toA, 'D010326-300001-300002-registers.csv').trimEnd().split('\r\n');
    expect(registers).toEqual([
      '2802260001,2026-02-28,Bank 300001,Sent,1,1.00,0.00,1.00,UAH',
      '2802260002,2026-02-28,Bank 300002,Sent (no PM),0,0.00,0.00,0.00,UAH',
    ]);

    // On the second of March all of February is reported, beside the month that has begun.
    settlement.setTime('2026-03-02T04:00:00.000Z');
    await settlement.subgraph.timetable.run();
    await settlement.subgraph.mails.write();
    const month = (await sent()).filter(({ attachments }) => attachments.some(({ filename }) => filename?.startsWith('M')));
    expect(month.map(({ subject }) => String(subject)).toSorted()).toEqual([
      'Звірка за місяць: Bank 300001, 01.02.2026 – 28.02.2026',
      'Звірка за місяць: Bank 300002, 01.02.2026 – 28.02.2026',
    ]);
    expect(fileText(month[0] ?? { attachments: [] }, month[0]?.attachments[0]?.filename ?? '')).toMatch(/Registers,\d+,\d+\r\n/);
    expect(await mails({ kind: 'MONTHLY_RECONCILIATION' })).toHaveLength(2);
  });
});

describe('a merchant that is registered', () => {
  const event = (position: bigint, o: Partial<LoggedEvent> = {}): LoggedEvent => ({
    position,
    subject: MERCHANT.uid,
    version: 1,
    type: 'MerchantRegistered',
    payload: { merchantUid: MERCHANT.uid, directoryVersion: 1 },
    at: new Date(),
    hash: Buffer.alloc(32),
    ...o,
  });
  /** What is left of a log whose beginning is forgotten. */
  const feedOf = (floor: bigint, events: readonly LoggedEvent[]) => ({
    read: async ({ after }: { after: bigint }) => ({
      floor,
      head: events.at(-1)?.position ?? floor,
      events: after < floor ? [] : events.filter(({ position }) => position > after),
    }),
  });

  test('is told to its bank with its uid, once, whatever its name is', async () => {
    const old = new Date(Date.now() - 8 * 86_400_000);
    const other = { merchantUid: randomUUID(), directoryVersion: 1 };
    settlement = await startSettlement({
      mail: { smtpUrl: server.url },
      participantsFeed: feedOf(40n, [event(41n, { subject: other.merchantUid, payload: other, at: old }), event(42n)]),
    });
    await waitFor(async () => (await settlement.count('mail')) === 1);
    const [mail] = await sent();
    expect(mail?.recipients).toEqual(['bank@300002.example']);
    expect(mail?.subject).toBe('Мерчанта зареєстровано: Книгарня <script>alert(1)</script> «Сова» Bcc: thief@evil.example');
    expect(mail?.headers.map(({ key }) => key)).not.toContain('bcc');
    expect(mail?.from).toEqual({ name: 'Hub', address: 'hub@hub.example' });
    expect(mail?.text).toContain(`  UID: ${MERCHANT.uid}\n`);
    expect(mail?.html).toContain(MERCHANT.uid);
    expect(mail?.html).not.toContain('<script>');
    // The wire has ASCII only: names are encoded.
    expect(mail?.raw).toMatch(/^Subject: =\?UTF-8\?/im);
    expect(mail?.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
    // Nobody is told of the one from last week, and another process tells of nobody again.
    const another = settlement.another();
    await another.start();
    await waitFor(async () => {
      const { rows } = await settlement.database.pool.query<{ position: bigint }>(
        "select pos as position from inbox_position where publisher = 'participants'",
      );
      return rows[0]?.position === 42n;
    });
    expect(await settlement.count('mail')).toBe(1);
    await settlement.stop();
  });
});

describe('the engine', () => {
  const COMPOSED: ComposedMail = { text: 'text', html: '<p>html</p>', attachments: [] };

  beforeAll(async () => {
    settlement = await startSettlement();
  });
  beforeEach(async () => void (await settlement.database.pool.query('truncate mail, mail_attempt')));
  afterAll(() => settlement.stop());

  /** A sender of mails over the same tables, as a process has it. */
  function runner(o: { compose?: (mail: LeasedMail) => Promise<ComposedMail>; leaseMs?: number; dies?: true } = {}) {
    const store = createMailStore(settlement.database);
    const died = async (): Promise<never> => {
      throw new Error('killed before it could note that');
    };
    return createMailRunner({
      mails: o.dies ? { ...store, saveAttempt: died } : store,
      send: createSmtpSender({ ...SETTINGS, smtpUrl: server.url }, logger),
      compose: o.compose ?? (async () => COMPOSED),
      clock: wallClock,
      logger,
      metrics: createMetrics({ processMetrics: false }),
      ...(o.leaseMs === undefined ? {} : { leaseMs: o.leaseMs }),
    });
  }

  async function write(count: number): Promise<void> {
    await settlement.database.pool.query(
      `insert into mail (id, event, kind, receiver_id, address, subject, facts, created_at, due_at)
       select gen_random_uuid(), 'event ' || n, 'EMPTY_REGISTERS', $2, 'bank@a.example', 'Mail ' || n, '{}', now(), now() from generate_series(1, $1) as n`,
      [count, BANK_C],
    );
  }

  test('any number of processes send each mail once', async () => {
    await write(40);
    const before = server.mails.length;
    await Promise.all(
      [runner(), runner(), runner()].map(async (each) => {
        while ((await each.pump()) > 0);
      }),
    );
    const subjects = server.mails.slice(before).map(({ subject }) => subject);
    expect(subjects).toHaveLength(40);
    expect(new Set(subjects).size).toBe(40);
    expect(await settlement.count("mail where state = 'SENT'")).toBe(40);
  });

  test('a process that dies after the server took a mail lets it go twice, under one name, and a late answer changes nothing', async () => {
    await write(1);
    const before = server.mails.length;
    await expect(runner({ dies: true, leaseMs: 1 }).pump()).rejects.toThrow('killed');
    const [{ mailId }] = await mails();
    await waitFor(async () => (await runner().pump()) === 1);
    const [first, second] = server.mails.slice(before).map(({ messageId }) => messageId);
    expect(first).toBe(`<${mailId}.1@hub.example>`);
    expect(second).toBe(first);
    expect(await mails()).toMatchObject([{ status: 'SENT', attempts: [{ number: 2, outcome: 'SENT' }] }]);
  });

  test('a mail that is being sent is not sent again by operations, and one whose lease has passed is decided by the later try', async () => {
    await write(1);
    const [{ mailId }] = await mails();
    let answer = { code: '' };
    const slow = runner({
      leaseMs: 60_000,
      compose: async () => {
        [answer = { code: '' }] = (await retry({ mailId })).errors;
        // Another process takes it over, as if the lease had run out.
        await settlement.database.pool.query('update mail set due_at = created_at');
        await runner().pump();
        return COMPOSED;
      },
    });
    await slow.pump();
    expect(answer.code).toBe('MAIL_UNDER_WAY');
    const [mail] = await mails();
    expect(mail.attempts.map(({ number, stray }: { number: number; stray: boolean }) => [number, stray])).toEqual([
      [2, false],
      [1, true],
    ]);
  });

  test('a file that cannot be read to its end makes no mail, and neither does a server that hangs up', async () => {
    await write(1);
    const before = server.mails.length;
    for (const gzip of [false, true]) {
      const broken = async function* () {
        yield 'first line\r\n'.repeat(10_000);
        throw new Error('the database went away');
      };
      const attachments = [{ fileName: 'a.csv', contentType: 'text/csv', gzip, content: broken() }];
      expect(await runner({ compose: async () => ({ ...COMPOSED, attachments }) }).pump()).toBe(1);
      await settlement.database.pool.query('update mail set due_at = created_at');
    }
    server.treat('hang-up');
    expect(await runner().pump()).toBe(1);
    expect(server.mails).toHaveLength(before);
    const [mail] = await mails();
    expect(mail.attempts.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['UNSENT', 'UNSENT', 'UNSENT']);
    await settlement.database.pool.query('update mail set due_at = created_at');
    await runner().pump();
    expect(server.mails).toHaveLength(before + 1);
  });

  test('a mail that cannot be composed waits, and shows why', async () => {
    await write(1);
    const broken = async (): Promise<never> => {
      throw new Error('no such register');
    };
    await runner({ compose: broken }).pump();
    expect(await mails()).toMatchObject([{ status: 'WAITING', attempts: [{ outcome: 'UNSENT', answer: 'it could not be composed' }] }]);
  });

  test('a file is zipped while it is sent', async () => {
    await write(1);
    const lines = Array.from({ length: 20_000 }, (_, n) => `${n},${randomUUID()}\r\n`);
    const content = (async function* () {
      yield* lines;
    })();
    const attachments = [{ fileName: 'big.csv', contentType: 'text/csv', gzip: true, content }];
    await runner({ compose: async () => ({ ...COMPOSED, attachments }) }).pump();
    const file = server.mails.at(-1)?.attachments[0];
    expect(file?.filename).toBe('big.csv.gz');
    expect(gunzipSync(Buffer.from(file?.content as ArrayBuffer)).toString('utf8')).toBe(lines.join(''));
  });

  test('what is between banks leaves this machine encrypted or not at all', async () => {
    await write(1);
    const [{ mailId }] = await mails();
    // This machine by a name that does not say so, and a server without STARTTLS.
    const smtpUrl = `smtp://[::ffff:127.0.0.1]:${server.port}`;
    const send = createSmtpSender({ ...SETTINGS, smtpUrl }, logger);
    const mail = { id: mailId, copy: 1, address: 'bank@a.example', subject: 's', createdAt: new Date() } as LeasedMail; // what the sender reads of it
    const before = server.mails.length;
    expect(await send(mail, COMPOSED)).toMatchObject({ outcome: 'UNSENT', answer: expect.stringMatching(/TLS/i) });
    expect(server.mails).toHaveLength(before);
  });
});
