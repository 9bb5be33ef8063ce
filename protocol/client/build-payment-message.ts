import { wireNumberFromMinor } from '../../kernel/core/money.ts';
import { bestProfile, importEncryptionKey, sealFields } from '../field-encryption.ts';
import type { OrderJson } from '../order-answers.ts';
import type { PayRequestCreditor } from '../p2p/pay-request.ts';
import type { EncryptionProfile } from '../participant-key.ts';
import { type PmType, SENDER_ACCOUNT_TYPE } from '../payment-message.ts';
import type { ReturnRequest } from '../return-request.ts';
import type { RsaPublicJwk } from '../web-crypto.ts';

/** The payer as the payer's bank knows them. Name and tax number leave the bank encrypted. */
export interface Payer {
  readonly agentBic: string;
  readonly name: string;
  readonly taxNumber: string;
  readonly iban: string;
  /** E.164. */
  readonly phone?: string;
}

/** UTC+2, which the guide calls Kyiv time. */
const WIRE_ZONE_MS = 2 * 3_600_000;

/**
 * The payload of an e-commerce payment message for an order, to be signed with `signToken`: personal fields encrypted for the receiver's
 * bank with the best profile that its key lists. Build it once per payment and keep it: a retry sends the same bytes.
 */
export async function buildPaymentMessage(o: MessageOptions & { readonly order: OrderJson }): Promise<Record<string, unknown>> {
  const { order } = o;
  const { recn: name, recc: taxNumber, acc: account } = order;
  return await sealedMessage(o, {
    pmType: 'trade',
    orderId: order.id,
    amount: order.amt,
    currency: order.cur,
    purpose: order.prp,
    creditor: { name, taxNumber, account, agentBic: order.bic, publicKey: order.public_key, profiles: order.encryption_profiles },
  });
}

/** Whom a p2p payer pays: what the callback "Pay request" brought, opened. */
export interface P2pCreditor {
  readonly name: string;
  readonly taxNumber: string;
  readonly account: string;
  readonly agent: PayRequestCreditor['agent'];
}

/** The payload of a p2p payment message, after its pay request was completed. The amount is the order's, or the payer's where it has none. */
export async function buildP2pPaymentMessage(
  o: MessageOptions & {
    readonly orderGuid: string;
    readonly amountMinor: bigint;
    readonly currency: string;
    readonly purpose: string;
    readonly creditor: P2pCreditor;
  },
): Promise<Record<string, unknown>> {
  const { agent, ...creditor } = o.creditor;
  return await sealedMessage(o, {
    pmType: 'p2p',
    orderId: o.orderGuid,
    amount: wireNumberFromMinor(o.amountMinor),
    currency: o.currency,
    purpose: o.purpose,
    creditor: { ...creditor, agentBic: agent.bic, publicKey: agent.public_key, profiles: agent.encryption_profiles },
  });
}

/** The payload of a return, as the callback "Return request" asks for it. Name and tax number of the first payer are the sender's to know. */
export async function buildReturnMessage(
  o: MessageOptions & {
    readonly request: ReturnRequest;
    readonly creditor: { readonly name: string; readonly taxNumber: string };
  },
): Promise<Record<string, unknown>> {
  const { request } = o;
  const { account, agent } = request.creditor;
  const message = await sealedMessage(o, {
    pmType: 'return',
    orderId: request.order_id,
    amount: request.amount,
    currency: request.currency,
    purpose: request.purpose,
    creditor: { ...o.creditor, account, agentBic: agent.bic, publicKey: agent.public_key, profiles: agent.encryption_profiles },
  });
  return {
    ...message,
    original_payment_message_guid: request.original_payment_message_guid,
    return_request_guid: request.return_request_guid,
  };
}

interface MessageOptions {
  readonly payer: Payer;
  readonly now?: Date;
  readonly jti?: string;
  readonly externalId?: string;
}

interface Paid {
  readonly pmType: PmType;
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
  readonly purpose: string;
  readonly creditor: {
    readonly name: string;
    readonly taxNumber: string;
    readonly account: string;
    readonly agentBic: string;
    readonly publicKey: RsaPublicJwk;
    readonly profiles: readonly EncryptionProfile[];
  };
}

async function sealedMessage({ payer, ...o }: MessageOptions, paid: Paid): Promise<Record<string, unknown>> {
  const jti = o.jti ?? crypto.randomUUID();
  const created = new Date((o.now ?? new Date()).getTime() + WIRE_ZONE_MS).toISOString();
  const { creditor } = paid;
  const sealed = await sealFields({
    profile: bestProfile(creditor.profiles),
    recipientKey: await importEncryptionKey(creditor.publicKey),
    jti,
    fields: { debtor_name: payer.name, debtor_id: payer.taxNumber, creditor_name: creditor.name, creditor_id: creditor.taxNumber },
  });
  const { debtor_name, debtor_id, creditor_name, creditor_id } = sealed.fields;
  return {
    jti,
    payment_message_external_id: o.externalId ?? crypto.randomUUID(),
    amount: paid.amount,
    currency: paid.currency,
    debtor_agent_bic: payer.agentBic,
    debtor: { debtor_name, debtor_id, debtor_account: payer.iban, debtor_phone: payer.phone },
    creditor_agent_bic: creditor.agentBic,
    creditor: { creditor_name, creditor_id, creditor_account: creditor.account },
    order_id: paid.orderId,
    purpose: paid.purpose,
    msg_creation_date: created.slice(0, 10),
    msg_creation_time: created.slice(11, 19),
    pm_type: paid.pmType,
    sender_account_type: SENDER_ACCOUNT_TYPE,
    encryption: sealed.encryption,
  };
}
