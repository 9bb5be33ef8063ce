import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { signedRequest, tokenBody } from '../../protocol/client/signed-request.ts';
import { aliasUpdatedPayload } from '../../protocol/alias.ts';
import { callbackTestPayload } from '../../protocol/callback-test.ts';
import { merchantPayInPayload, payInPayload } from '../../protocol/callbacks.ts';
import { returnRequestPayload } from '../../protocol/return-request.ts';
import { signToken } from '../../protocol/token.ts';
import { aBankPayment, aMerchantPayment, anIdentity, BANK_GUID, MERCHANT_UID } from '../../protocol/vectors/callback-cases.ts';
import { vectorJwk, vectorSigningKey } from '../../protocol/vectors/vector-keys.ts';
import { aWorkbench, type Workbench } from '../../bin/dcm/terminal-under-test.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await aWorkbench();
});
afterAll(() => bench.remove());

const { kty, n, e, kid } = vectorJwk('hub');
const HUB_KEYS = () => Promise.resolve(Response.json({ keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' }] }));

function aReturnRequest(): Parameters<typeof returnRequestPayload>[1] {
  const { guid, message, publicKey } = aBankPayment();
  return {
    requestGuid: anIdentity().callbackGuid,
    originalGuid: guid,
    orderId: message.orderId,
    money: message.money,
    purpose: 'Повернення',
    debtorAccount: message.creditorAccount,
    creditor: { account: message.debtorAccount, agentBic: message.debtorAgentBic, publicKey, encryptionProfiles: ['dcm-2'] },
  };
}

/** Starts listening on a free port. `ended` resolves when enough callbacks were believed. */
async function listen(args: readonly string[], fetch = HUB_KEYS) {
  const address = Promise.withResolvers<string>();
  const ended = bench.dcm(['listen', '--port', '0', '--hub', 'https://hub.example', ...args], {
    fetch,
    onNote: (line) => {
      const [url] = /http:\S+(?=,)/.exec(line) ?? [];
      if (url !== undefined) address.resolve(url);
    },
  });
  return { url: await address.promise, ended };
}

async function callback(url: string, o: { audience: string; payload: string; as?: 'hub' | 'bank' }): Promise<Response> {
  const signer = { kid, key: await vectorSigningKey(o.as ?? 'hub') };
  const body = tokenBody(await signToken({ ...signer, payload: o.payload }));
  const { headers, method } = await signedRequest({ ...signer, method: 'POST', url, body, audience: o.audience });
  return fetch(url, { method, headers, body });
}

describe('dcm listen', () => {
  test('believes the hub alone, prints what it believes, and answers as it was told', async () => {
    const { url, ended } = await listen(['--bank', BANK_GUID, '--times', '1', '--answer', '202']);
    const payload = payInPayload(anIdentity(), aBankPayment());
    expect((await fetch(`${url}/pay-in`, { method: 'POST', body: '{}' })).status).toBe(401);
    const forged = await callback(`${url}/pay-in`, { audience: BANK_GUID, payload, as: 'bank' });
    expect([forged.status, await forged.json()]).toEqual([401, { error: 'TOKEN_SIGNATURE' }]);
    expect((await callback(`${url}/pay-in`, { audience: 'another', payload })).status).toBe(401);
    expect((await callback(`${url}/pay-in`, { audience: BANK_GUID, payload })).status).toBe(202);
    const ran = await ended;
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toEqual(JSON.parse(payload));
    expect(ran.notes.match(/refused with 401/g)).toHaveLength(3);
  });

  test('reads the callbacks of a merchant', async () => {
    const { url, ended } = await listen(['--merchant', MERCHANT_UID, '--times', '1']);
    const payload = merchantPayInPayload(anIdentity({ audience: MERCHANT_UID }), aMerchantPayment());
    expect((await callback(url, { audience: MERCHANT_UID, payload })).status).toBe(200);
    expect(JSON.parse((await ended).out)).toMatchObject({ callback_type: 'merchant-pay-in' });
  });

  test.each<[string, string]>([
    ['callback-test', callbackTestPayload(anIdentity(), { testGuid: anIdentity().callbackGuid })],
    ['alias-updated', aliasUpdatedPayload(anIdentity(), { phone: '+380670000011', account: 'UA743052990000026007233566001' })],
    ['return-request', returnRequestPayload(anIdentity(), aReturnRequest())],
  ])('reads the callback %s to a bank', async (type, payload) => {
    const { url, ended } = await listen(['--bank', BANK_GUID, '--times', '1']);
    expect((await callback(`${url}/${type}`, { audience: BANK_GUID, payload })).status).toBe(200);
    expect(JSON.parse((await ended).out)).toEqual(JSON.parse(payload));
  });

  test('passes a test of a merchant’s callbacks, and answers 500 to a callback that it does not know', async () => {
    const { url, ended } = await listen(['--merchant', MERCHANT_UID, '--times', '2']);
    const payload = callbackTestPayload(anIdentity({ audience: MERCHANT_UID }), { testGuid: anIdentity().callbackGuid });
    const told = (o: { payload: string; as?: 'hub' | 'bank' }) => callback(`${url}/all`, { audience: MERCHANT_UID, ...o });
    const [good, repeated] = [await told({ payload }), await told({ payload: payload.replace('callback-test', 'from-the-future') })];
    expect([good.status, repeated.status, (await told({ payload, as: 'bank' })).status]).toEqual([200, 500, 401]);
    expect((await told({ payload })).status).toBe(200);
    expect(
      (await ended).out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([JSON.parse(payload), JSON.parse(payload)]);
  });

  test('asks the hub to come again while its keys cannot be had', async () => {
    let reachable = false;
    const { url, ended } = await listen(['--bank', BANK_GUID, '--times', '1'], () =>
      reachable ? HUB_KEYS() : Promise.reject(new Error('away')),
    );
    const payload = payInPayload(anIdentity(), aBankPayment());
    expect((await callback(url, { audience: BANK_GUID, payload })).status).toBe(503);
    reachable = true;
    expect((await callback(url, { audience: BANK_GUID, payload })).status).toBe(200);
    await ended;
  });

  test('needs to know who it is', async () => {
    const ran = await bench.dcm(['listen', '--hub', 'https://hub.example']);
    expect(ran.code).toBe(2);
    expect(ran.notes).toContain('--bank is missing (or the variable DCM_BANK)');
  });
});
