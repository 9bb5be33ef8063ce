import { grossSettlementPath, registerSchema } from '../../../protocol/gross-settlement.ts';
import { signedRequest } from '../../../protocol/client/signed-request.ts';
import { importSigningKey, signToken } from '../../../protocol/token.ts';
import type { RsaPrivateJwk } from '../../../protocol/web-crypto.ts';
import type { SandboxBank } from '../hub-under-test.ts';

export interface WireAnswer {
  readonly status: number;
  readonly body: any; // oxlint-disable-line typescript/no-explicit-any -- what the edge answers is what the tests look at
}

/** A bank that speaks for itself to the edge, beside what the sandbox does in its name. */
export interface BankClient {
  readonly bank: SandboxBank;
  /** `path` below the bank's registers. `token: 'bare'` signs the guide's header token, which says nothing of its request. */
  send(
    method: 'GET' | 'POST',
    path: string,
    body?: string,
    o?: { token?: 'bare'; of?: SandboxBank; contentType?: string },
  ): Promise<WireAnswer>;
  pay(number: string, payment: Payment): Promise<WireAnswer>;
  confirm(number: string, payment: Payment, status?: string): Promise<WireAnswer>;
  /** A pacs.002 of the rails, passed on as it is. */
  report(number: string, report: string): Promise<WireAnswer>;
  confirmInternal(number: string): Promise<WireAnswer>;
  /** The same payload as a JWT of the bank. */
  jwt(payload: object): Promise<string>;
  /** The settlement payment that a register asks for. */
  paymentFor(number: string, externalId: string): Promise<Payment>;
}

export interface Payment {
  readonly payment_message_external_id: string;
  readonly creditor_iban: string;
  readonly amount: number;
  readonly currency: string;
  readonly purpose: string;
  readonly creation_date: string;
}

/** `seen` gets every code of a refusal with its status. */
export async function bankClient(edge: string, bank: SandboxBank, seen: Map<string, number>): Promise<BankClient> {
  const signing = { kid: bank.signKey.kid, key: await importSigningKey(bank.signKey as RsaPrivateJwk) }; // a private RSA key, made by the sandbox
  const client: BankClient = {
    bank,
    async send(method, path, body, { token, of = bank, contentType = 'application/json' } = {}) {
      const url = `${edge}${grossSettlementPath(of.guid)}${path}`;
      const request = await signedRequest({ ...signing, method, url, body, contentType });
      const bare = { iat: Math.floor(Date.now() / 1000), jti: crypto.randomUUID() };
      const headers =
        token === 'bare' ? { ...request.headers, 'Cx-Authorization': await signToken({ ...signing, payload: bare }) } : request.headers;
      const response = await fetch(request.url, { method, headers, ...(body === undefined ? {} : { body }) });
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      const answered: WireAnswer = { status: response.status, body: isJson ? await response.json() : await response.text() };
      if (typeof answered.body.code === 'string') seen.set(answered.body.code, answered.status);
      return answered;
    },
    pay: (number, payment) => client.send('POST', `/pay/${number}`, JSON.stringify(payment)),
    confirm: (number, payment, status = 'ACSC') => client.send('POST', `/pay/${number}/confirm`, JSON.stringify({ ...payment, status })),
    report: (number, report) => client.send('POST', `/pay/${number}/confirm`, report, { contentType: 'application/xml' }),
    confirmInternal: (number) => client.send('POST', `/confirm_internal/${number}`),
    jwt: (payload) => signToken({ ...signing, payload: { ...payload } as Record<string, string> }),
    async paymentFor(number, externalId) {
      const { body } = await client.send('GET', `/${number}`);
      const register = registerSchema.parse(body);
      return {
        payment_message_external_id: externalId,
        creditor_iban: register.charging_account,
        amount: Number(register.total_amount_to_pay),
        currency: register.currency,
        purpose: register.purpose,
        creation_date: '2026-11-30T09:00:00+02:00',
      };
    },
  };
  return client;
}
