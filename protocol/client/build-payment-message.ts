import { bestProfile, importEncryptionKey, sealFields } from '../field-encryption.ts';
import type { OrderJson } from '../order-answers.ts';
import { SENDER_ACCOUNT_TYPE } from '../payment-message.ts';

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
export async function buildPaymentMessage(o: {
  readonly order: OrderJson;
  readonly payer: Payer;
  readonly now?: Date;
  readonly jti?: string;
  readonly externalId?: string;
}): Promise<Record<string, unknown>> {
  const { order, payer } = o;
  const jti = o.jti ?? crypto.randomUUID();
  const created = new Date((o.now ?? new Date()).getTime() + WIRE_ZONE_MS).toISOString();
  const sealed = await sealFields({
    profile: bestProfile(order.encryption_profiles),
    recipientKey: await importEncryptionKey(order.public_key),
    jti,
    fields: { debtor_name: payer.name, debtor_id: payer.taxNumber, creditor_name: order.recn, creditor_id: order.recc },
  });
  const { debtor_name, debtor_id, creditor_name, creditor_id } = sealed.fields;
  return {
    jti,
    payment_message_external_id: o.externalId ?? crypto.randomUUID(),
    amount: order.amt,
    currency: order.cur,
    debtor_agent_bic: payer.agentBic,
    debtor: { debtor_name, debtor_id, debtor_account: payer.iban, debtor_phone: payer.phone },
    creditor_agent_bic: order.bic,
    creditor: { creditor_name, creditor_id, creditor_account: order.acc },
    order_id: order.id,
    purpose: order.prp,
    msg_creation_date: created.slice(0, 10),
    msg_creation_time: created.slice(11, 19),
    pm_type: 'trade',
    sender_account_type: SENDER_ACCOUNT_TYPE,
    encryption: sealed.encryption,
  };
}
