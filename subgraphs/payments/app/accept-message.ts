import { fail, ok, type Result } from '../../../kernel/core/result.ts';
import { bankCodeOfIban } from '../../../protocol/iban.ts';
import type { ErrorCode, TokenFailure } from '../../../protocol/errors.ts';
import { paymentGuidBy } from '../../../protocol/payment-guid.ts';
import { type PaymentMessage, readPaymentMessage } from '../../../protocol/payment-message.ts';
import { type ReadToken, readBodyToken } from '../../../protocol/token.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import { CLAIM_ABANDONED, heldOrderOf, type PaymentGuid, type PmType, UNKNOWN_PAYMENT } from '../domain/payment.ts';
import type { Admit, Admitted, Candidate, MessageRefusal, ReceivedMessage } from './admission.ts';
import type { KillSwitch } from './kill-points.ts';
import { factsOfRefused } from './message-facts.ts';
import { type AppliedStep, type PaymentSession, sessionOf } from './payment-session.ts';
import type { KnownMessage, PaymentStore, StepTools, Versioned } from './ports.ts';
import { freshIds, prepareStep } from './prepare-step.ts';

export interface AcceptMessageDeps {
  readonly store: PaymentStore;
  readonly tools: StepTools;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  /** For each type, what lets its messages become payments. */
  readonly admit: Readonly<Record<PmType, Admit>>;
  /** Verifies with the core's own directory that the sender's key was good when the edge received the message. */
  readonly verify: (token: ReadToken, sender: BankEntry, receivedAt: Date) => Result<void, TokenFailure>;
  /** Takes over the deliveries of a saved step. */
  readonly follow: (session: PaymentSession, applied: AppliedStep) => void;
  readonly kill: KillSwitch;
}

/**
 * Accepts a payment message, or says why not. `ok` means durable: exactly one payment has this guid. To a promised message it never
 * fails, and to one that operations refused only where it cannot be read; throws where nothing is known to have happened, and the edge sends again.
 */
export type AcceptMessage = (received: ReceivedMessage) => Promise<Result<{ readonly guid: string }, MessageRefusal>>;

export function createAcceptMessage(deps: AcceptMessageDeps): AcceptMessage {
  const oneByOne = createTurns();
  return (received) => oneByOne(received.guid, () => acceptMessage(deps, received));
}

async function acceptMessage(deps: AcceptMessageDeps, received: ReceivedMessage): Promise<Result<{ guid: string }, MessageRefusal>> {
  const read = readMessage(received);
  if (!read.ok) return await refuseUnread(deps, received, read.failure.code);
  const { token, message } = read.value;
  const guid = paymentGuidBy(deps.sha256, received.senderGuid, message.jti) as PaymentGuid; // This is what a payment guid is.
  if (guid !== received.guid) throw new Error('the edge computed another guid for this message');
  const candidate: Candidate = { received, guid, token, message };

  const sender = checkSender(deps, candidate);
  if (!sender.ok) return await refuse(deps, candidate, sender.failure.code);
  const known = await deps.store.known(guid);
  if (known) return await answerKnown(deps, candidate, known);
  if (received.mode === 'refused') return await refuse(deps, candidate, 'REFUSED_BY_OPERATIONS');
  const receiver = checkParties(deps, candidate, sender.value);
  if (!receiver.ok) return await refuse(deps, candidate, receiver.failure.code);

  for (let admission = 1; admission <= ADMISSIONS_MAX; admission++) {
    const admitted = await deps.admit[read.value.message.pmType](candidate, receiver.value);
    if (!admitted.ok) return await refuse(deps, candidate, admitted.failure.code, admitted.failure.existingGuid);
    await deps.kill('after-claim-before-pending');
    const created = await createPending(deps, candidate, admitted.value);
    if (created) return created;
  }
  throw new Error(`what payment ${received.guid} wants to pay changed ${ADMISSIONS_MAX} times while it was accepted`);
}

/** How often a message is admitted again because what it wants to pay was changed before its first commit. */
const ADMISSIONS_MAX = 3;

function readMessage(received: ReceivedMessage): Result<{ token: ReadToken; message: PaymentMessage }, { code: ErrorCode }> {
  const token = readBodyToken(received.body);
  if (!token.ok) return token;
  const message = readPaymentMessage(token.value, { endpoint: received.endpoint, now: received.receivedAt });
  return message.ok ? ok({ token: token.value, message: message.value }) : message;
}

/** The edge reads a message before it promises anything, so a promised one that cannot be read is a fault of ours: it waits for us. */
async function refuseUnread(deps: AcceptMessageDeps, received: ReceivedMessage, code: ErrorCode): Promise<Result<never, MessageRefusal>> {
  if (received.mode === 'promised') throw new Error(`a promised message cannot be read: ${code}`);
  return await recordRefusal(deps, received, { code });
}

function checkSender(deps: AcceptMessageDeps, { received, token }: Candidate): Result<BankEntry, { code: ErrorCode }> {
  const sender = deps.tools.participants.bankByGuid(received.senderGuid);
  if (!sender) return fail({ code: 'SENDER_COUNTERPARTY_NOT_FOUND' });
  const verified = deps.verify(token, sender, received.receivedAt);
  return verified.ok ? ok(sender) : verified;
}

/** The checks that need the directory and not the order. Gives the receiver's bank. */
function checkParties({ tools }: AcceptMessageDeps, { message }: Candidate, sender: BankEntry): Result<BankEntry, { code: ErrorCode }> {
  if (message.debtorAgentBic !== sender.bic) return fail({ code: 'DEBTOR_AGENT_MISMATCH' });
  if (!sender.bankCodes.includes(bankCodeOfIban(message.debtorAccount))) return fail({ code: 'DEBTOR_ACCOUNT_NOT_OF_SENDER' });
  const receiver = tools.participants.bankByCode(message.creditorAgentBic);
  return receiver ? ok(receiver) : fail({ code: 'RECEIVER_COUNTERPARTY_NOT_FOUND' });
}

/** Null when the first commit found the world changed and nobody holds what the message wants to pay. */
async function createPending(
  deps: AcceptMessageDeps,
  candidate: Candidate,
  admitted: Admitted,
): Promise<Result<{ guid: string }, MessageRefusal> | null> {
  const { guid } = candidate;
  if (await saveFirst(deps, candidate, NOTHING_RECORDED, admitted)) return ok({ guid });
  const known = await deps.store.known(guid);
  if (known) return await answerKnown(deps, candidate, known);
  const heldOrder = heldOrderOf(admitted.facts);
  const holder = heldOrder === null ? null : await deps.store.holderOf(heldOrder);
  return holder === null ? null : await refuse(deps, candidate, 'DUPLICATE_ORDER', holder);
}

/** A message whose guid is in the record already. Everything that was promised under this guid holds, whoever sent it again. */
async function answerKnown(
  deps: AcceptMessageDeps,
  candidate: Candidate,
  known: KnownMessage,
): Promise<Result<{ guid: string }, MessageRefusal>> {
  const { received, guid } = candidate;
  if (known.state === 'TOMBSTONE') return await refuse(deps, candidate, CLAIM_ABANDONED, guid);
  if (received.mode !== 'answer') return ok({ guid });
  const sameSend = known.bodySha256 === received.bodySha256 && known.receivedAt?.getTime() === received.receivedAt.getTime();
  if (sameSend) return ok({ guid });
  const code = known.reasonCode === 'REFUSED_BY_OPERATIONS' ? known.reasonCode : 'DUPLICATE_JTI';
  return await recordRefusal(deps, received, { code, existingGuid: guid });
}

/** Answers the code, or makes the promised payment one that is rejected with it. */
async function refuse(
  deps: AcceptMessageDeps,
  candidate: Candidate,
  code: ErrorCode | typeof CLAIM_ABANDONED,
  existingGuid?: string,
): Promise<Result<{ guid: string }, MessageRefusal>> {
  const { received, guid } = candidate;
  if (received.mode === 'answer') {
    // For the sender an abandoned claim is a message that was there before: its guid is taken, and says what became of it.
    const answered = code === CLAIM_ABANDONED ? 'DUPLICATE_JTI' : code;
    return await recordRefusal(deps, received, existingGuid === undefined ? { code: answered } : { code: answered, existingGuid });
  }
  const stored = await deps.store.load(guid);
  const reasonCode = isAuthentication(code) ? 'KEY_REVOKED' : code;
  const saved = await saveFirst(deps, candidate, stored ?? NOTHING_RECORDED, {
    facts: factsOfRefused(candidate),
    order: null,
    reasonCode,
  });
  if (!saved && !(await isRecorded(deps, guid))) throw new Error(`the refusal of payment ${guid} was not recorded`);
  return ok({ guid });
}

/** A key that does not verify (any more), or never did: the guide's sentence for a promised message is the same. */
function isAuthentication(code: string): boolean {
  return code.startsWith('TOKEN_');
}

async function isRecorded(deps: AcceptMessageDeps, guid: PaymentGuid): Promise<boolean> {
  const known = await deps.store.known(guid);
  return known !== null && known.state !== 'TOMBSTONE';
}

async function recordRefusal(
  deps: AcceptMessageDeps,
  received: ReceivedMessage,
  refusal: MessageRefusal,
): Promise<Result<never, MessageRefusal>> {
  const { bodySha256, senderGuid } = received;
  await deps.store.recordRefusal({ bodySha256, code: refusal.code, senderId: senderGuid, at: deps.tools.clock.now() });
  return fail(refusal);
}

const NOTHING_RECORDED: Versioned = { payment: UNKNOWN_PAYMENT, version: 0, eventVersion: 0 };

interface FirstFacts extends Admitted {
  /** Set where the payment is rejected from the start. */
  readonly reasonCode?: string;
}

/** The first commit of a payment: message, first callback and event together. False when the guid or the order was taken meanwhile. */
async function saveFirst(deps: AcceptMessageDeps, candidate: Candidate, before: Versioned, first: FirstFacts): Promise<boolean> {
  const { store, tools, follow } = deps;
  const { guid, received, token, message } = candidate;
  const at = tools.clock.now();
  const common = { facts: first.facts, freshIds: freshIds(tools.ids), atMs: at.getTime() };
  const source = { message, order: first.order };
  const prepared = await prepareStep(tools, {
    guid,
    before,
    command:
      first.reasonCode === undefined ? { type: 'accept', ...common } : { type: 'refuse-promised', ...common, reasonCode: first.reasonCode },
    at,
    source,
    with: {
      message: {
        pmType: message.pmType,
        body: received.body,
        bodySha256: received.bodySha256,
        senderKid: token.header.kid,
        receivedAt: received.receivedAt,
        mode: received.mode,
        order: first.order,
      },
      ...(first.hold ? { hold: first.hold } : {}),
    },
  });
  if (!prepared.ok || prepared.value === null) return false;
  const step = prepared.value;
  const outcome = await store.save(step);
  if (outcome.kind === 'conflict') return false;
  await deps.kill(first.reasonCode === undefined ? 'after-accept-commit-before-answer' : 'after-refusal-commit-before-answer');
  follow(sessionOf({ store, tools }, step, source), { step, forwardedId: null });
  return true;
}

/** Runs the work of one key in the order of arrival; the second of two equal messages then finds the first in the record. */
function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const before = last.get(key);
    const mine = before ? before.then(work, work) : work();
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
