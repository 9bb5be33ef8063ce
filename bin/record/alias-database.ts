import { z } from 'zod';

import { ALIAS_PATH } from '../../protocol/alias.ts';
import type { Recorder } from './recorder.ts';

const PHONE = '+380671112233';
const HISTORY = `query ($phone: String!) {
  aliasHistory(phone: $phone) { nodes { version account previousAccount askedBy } }
}`;
const LIMITS = `query {
  aliasLookUpProtection { hitCost missCost paymentCredit bankLimit { capacity refillPerMinute } accountLimit { capacity refillPerMinute } }
}`;

/** A number is linked, asked for, moved to another bank and unlinked. */
export async function recordAliasDatabase(recorder: Recorder): Promise<void> {
  const { receiver, bystander, sandbox } = recorder;
  const account = accountOf(receiver);
  const put = (name: string, bank: typeof receiver, json: object) => recorder.send(name, bank, { method: 'PUT', path: ALIAS_PATH, json });

  await put('link', receiver, { phone: PHONE, account, linked: true });
  const query = new URLSearchParams({ phone: PHONE, account });
  await recorder.send('status', receiver, { method: 'GET', path: `${ALIAS_PATH}?${query}` });
  await put('foreign-account', bystander, { phone: PHONE, account, linked: true });
  await put('relink', bystander, { phone: PHONE, account: accountOf(bystander), linked: true });
  await recorder.heard(
    'alias-updated',
    receiver,
    ({ request }) => request['callback_type'] === 'alias-updated' && request['phone'] === PHONE,
  );
  await put('unlink', bystander, { phone: PHONE, account: accountOf(bystander), linked: false });

  const operations = { name: 'Operations', token: sandbox.ops.token };
  await recorder.graphql('history', operations, { query: HISTORY, variables: { phone: PHONE }, data: z.unknown() });
  await recorder.graphql('limits', operations, { query: LIMITS, variables: {}, data: z.unknown() });
}

function accountOf({ name, accounts }: Recorder['receiver']): string {
  const [first] = accounts;
  if (!first) throw new Error(`${name} has no customer`);
  return first.iban;
}
