import { businessDayOf, addBusinessDays, startOfBusinessDay } from '../../../kernel/core/time.ts';
import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import type { BankRequest, EdgeRoutes } from '../../../kernel/runtime/edge-request.ts';
import { jsonResponse, type HttpResponse, type HttpRoute } from '../../../kernel/runtime/service-host.ts';
import type { createMessageVerifier } from '../../../kernel/wire/message-signature.ts';
import { refusal } from '../../../kernel/wire/refusal.ts';
import { errorBody, type ErrorCode } from '../../../protocol/errors.ts';
import { CREATED_ANSWER, readSettlementPayment, registerBody, registerHeader } from '../../../protocol/gross-settlement.ts';
import { readStrictJson, type StrictJson } from '../../../protocol/strict-json.ts';
import { readBodyToken } from '../../../protocol/token.ts';
import { creditTransfer } from '../app/credit-transfer.ts';
import { wireRegisterOf, wireRowOf } from '../app/register-on-wire.ts';
import type { Participants } from '../app/make-registers.ts';
import type { RegisterListQuery, RegisterReads, RegisterView } from '../app/register-ports.ts';
import type { SealStore } from '../app/seal-registers.ts';
import { settleRegister, type SettleDeps, type SettleFailure } from '../app/settle-register.ts';
import { isParty, type PaymentField, type RegisterCommand } from '../domain/register.ts';
import type { Sha256Bytes } from '../domain/uetr.ts';
import { isXml, readGuideConfirmation, readReport } from './read-confirmation.ts';

export interface RegisterRoutesOptions {
  readonly routes: EdgeRoutes;
  readonly participants: Participants;
  readonly verifyMessage: ReturnType<typeof createMessageVerifier>;
  readonly reads: RegisterReads;
  readonly seals: Pick<SealStore, 'seal'>;
  readonly settle: SettleDeps;
  readonly sha256Bytes: Sha256Bytes;
}

/** What the edge asks about registers, in the name of a bank (guide 9). Every refusal has the guide's shape `{error, description}` with its code. */
export function registerRoutes(o: RegisterRoutesOptions): HttpRoute[] {
  return [
    o.routes.ofBank('register-list', (request) => list(o, request)),
    o.routes.ofBank('register-by-id', (request) => byId(o, request)),
    o.routes.ofBank('register-transfer', (request) => transfer(o, request)),
    o.routes.ofBank('register-pay', (request) => pay(o, request)),
    o.routes.ofBank('register-confirm', (request) => confirm(o, request)),
    o.routes.ofBank('register-confirm-internal', async (request) => {
      const command = { type: 'ConfirmInternal', bankGuid: request.bankGuid, at: o.settle.now() } as const;
      return await settle(o, request, { command, creationDate: null, repeated: 208 });
    }),
  ];
}

const LIST_DEFAULT = 20;
const LIST_MAX = 100;
const ROWS_MAX = 1000;
const OFFSET_MAX = 1_000_000;
/** Without a period: today and the six days before. */
const PERIOD_DAYS = 7;

async function list(o: RegisterRoutesOptions, { bankGuid, query }: BankRequest): Promise<HttpResponse> {
  const page = readPage(query, { byDefault: LIST_DEFAULT, max: LIST_MAX });
  if (!page.ok) return refused(page.failure.code);
  const period = readPeriod(query, o.settle.now());
  if (!period.ok) return refused(period.failure.code);
  const role = query.get('role') ?? 'All';
  if (role !== 'All' && role !== 'Debtor') return refused('INVALID_ROLE');
  const found = await o.reads.list({ bankGuid, role, ...period.value, ...page.value });
  return jsonResponse(
    200,
    found.map((register) => registerHeader(wireRegisterOf(register))),
  );
}

async function byId(o: RegisterRoutesOptions, { bankGuid, query, parameter }: BankRequest): Promise<HttpResponse> {
  const page = readPage(query, { byDefault: ROWS_MAX, max: ROWS_MAX });
  if (!page.ok) return refused(page.failure.code);
  const register = await ownRegister(o, bankGuid, parameter('registerId'));
  if (!register) return refused('NOT_FOUND');
  const rows = await o.reads.rows(register, page.value);
  const seal = (await o.seals.seal(register.number))?.token ?? null;
  const listed = { rows: rows.map((row) => wireRowOf(row, o.sha256Bytes)), offset: page.value.offset, total: register.paymentCount, seal };
  return jsonResponse(200, registerBody(wireRegisterOf(register), listed));
}

/** A register of two other banks looks like one that does not exist. */
async function ownRegister(o: RegisterRoutesOptions, bankGuid: string, number: string): Promise<RegisterView | null> {
  const register = (await o.reads.byNumbers([number])).get(number);
  return register && isParty(register, bankGuid) ? register : null;
}

/** The settlement payment as pacs.008, which its bank can send as it is. */
async function transfer(o: RegisterRoutesOptions, { bankGuid, parameter }: BankRequest): Promise<HttpResponse> {
  const register = await ownRegister(o, bankGuid, parameter('registerId'));
  if (!register) return refused('NOT_FOUND');
  const message = await creditTransfer(o, { kind: 'bank', bankGuid, keyId: '' }, register);
  if (!message.ok) return refused(message.failure.code);
  return { status: 200, headers: { 'content-type': 'application/xml; charset=utf-8' }, body: message.value };
}

async function pay(o: RegisterRoutesOptions, request: BankRequest): Promise<HttpResponse> {
  const body = readBody(o, request);
  if (!body.ok) return refused(body.failure.code);
  const payment = readSettlementPayment(body.value);
  if (!payment.ok) return refused(payment.failure.code);
  const command = { type: 'Pay', bankGuid: request.bankGuid, payment: payment.value, at: o.settle.now() } as const;
  return await settle(o, request, { command, creationDate: payment.value.creationDate, repeated: 201 });
}

async function confirm(o: RegisterRoutesOptions, request: BankRequest): Promise<HttpResponse> {
  const read = isXml(request.body) ? readReport(request.body) : readSigned(o, request);
  if (!read.ok) return refusedAt(read.failure);
  const { payment, outcome, creationDate } = read.value;
  const command = { type: 'Confirm', bankGuid: request.bankGuid, payment, outcome, at: o.settle.now() } as const;
  return await settle(o, request, { command, creationDate, repeated: 208 });
}

function readSigned(o: RegisterRoutesOptions, request: BankRequest): ReturnType<typeof readGuideConfirmation> {
  const body = readBody(o, request);
  return body.ok ? readGuideConfirmation(body.value) : body;
}

async function settle(
  o: RegisterRoutesOptions,
  { parameter }: BankRequest,
  {
    command,
    creationDate,
    repeated,
  }: { readonly command: RegisterCommand; readonly creationDate: string | null; readonly repeated: 201 | 208 },
): Promise<HttpResponse> {
  const settled = await settleRegister(o.settle, parameter('registerId'), command, creationDate);
  if (!settled.ok) return refused(codeOf(settled.failure, command.type === 'Pay' ? 'PAY' : 'CONFIRM'));
  return jsonResponse(settled.value === 'CHANGED' ? 201 : repeated, CREATED_ANSWER);
}

const FIELD_WORDS = { amount: 'AMOUNT', currency: 'CURRENCY', iban: 'IBAN', purpose: 'PURPOSE' } as const satisfies Record<
  PaymentField,
  string
>;

/** The guide has 400 for a payment that is not the register's, and 409 for its confirmation: a code for each. */
function codeOf(failure: SettleFailure, step: 'PAY' | 'CONFIRM'): ErrorCode {
  return failure.code === 'SETTLEMENT_MISMATCH' ? `${step}_WRONG_${FIELD_WORDS[failure.field]}` : failure.code;
}

function refused(code: ErrorCode): HttpResponse {
  return refusal(code, 'description');
}

/** With the place in the message where there is one. */
function refusedAt({ code, path }: { readonly code: ErrorCode; readonly path?: string }): HttpResponse {
  const { status, body } = errorBody(code, path === undefined ? {} : { path }, 'description');
  return jsonResponse(status, body);
}

/** The body is a JWT, whose signature is looked at again with our own directory, or plain JSON under a header token that binds it. */
function readBody(o: RegisterRoutesOptions, { bankGuid, body, envelope }: BankRequest): Result<StrictJson, { readonly code: ErrorCode }> {
  const token = readBodyToken(body);
  if (token.ok) {
    const bank = o.participants.bankByGuid(bankGuid);
    if (!bank) return fail({ code: 'SENDER_COUNTERPARTY_NOT_FOUND' });
    const verified = o.verifyMessage(token.value, bank, new Date(envelope.receivedAt));
    return verified.ok ? ok(token.value.payload) : verified;
  }
  return token.failure.code === 'TOKEN_MISSING' ? readStrictJson(body) : token;
}

function readPage(
  query: URLSearchParams,
  limits: { readonly byDefault: number; readonly max: number },
): Result<{ readonly offset: number; readonly limit: number }, { readonly code: 'INVALID_PAGING' }> {
  const offset = readCount(query.get('offset'), 0);
  const limit = readCount(query.get('limit'), limits.byDefault);
  const good = offset !== null && limit !== null && offset <= OFFSET_MAX && limit >= 1 && limit <= limits.max;
  return good ? ok({ offset, limit }) : fail({ code: 'INVALID_PAGING' });
}

function readCount(text: string | null, byDefault: number): number | null {
  if (text === null) return byDefault;
  return /^\d{1,7}$/.test(text) ? Number(text) : null;
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** The guide's own sample (`Z03:00`) is no time of RFC 3339 and is refused. */
function readPeriod(
  query: URLSearchParams,
  now: Date,
): Result<Pick<RegisterListQuery, 'from' | 'to'>, { readonly code: 'INVALID_PERIOD' }> {
  const from = readInstant(query.get('from'), startOfBusinessDay(addBusinessDays(businessDayOf(now), 1 - PERIOD_DAYS)));
  const to = readInstant(query.get('to'), now);
  return from && to && from <= to ? ok({ from, to }) : fail({ code: 'INVALID_PERIOD' });
}

function readInstant(text: string | null, byDefault: Date): Date | null {
  if (text === null) return byDefault;
  const instant = RFC_3339.test(text) ? new Date(text) : null;
  return instant && !Number.isNaN(instant.getTime()) ? instant : null;
}
