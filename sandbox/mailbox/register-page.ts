import { z } from 'zod';

import { html, joined } from '../../kernel/core/html.ts';
import type { ActorAnswer } from '../http-server.ts';
import type { HubGraphql } from '../hub-graphql.ts';
import { htmlAnswer, page } from './page.ts';

const REGISTER = `query ($id: ID!) { register(id: $id) {
  number businessDay status purpose chargingAccount paymentCount debtorBank { name bic } creditorBank { name bic }
  total { decimal currency } fees { decimal } amountToPay { decimal }
  rows(first: 100) { nodes { externalId purpose amount { decimal } fee { decimal } amountToPay { decimal } debtorAccount creditorAccount } } } }`;

const money = z.object({ decimal: z.string() });
const bank = z.object({ name: z.string(), bic: z.string() });
const registerSchema = z.object({
  register: z
    .object({
      number: z.string(),
      businessDay: z.string(),
      status: z.string(),
      purpose: z.string(),
      chargingAccount: z.string(),
      paymentCount: z.number(),
      debtorBank: bank,
      creditorBank: bank,
      total: money.extend({ currency: z.string() }),
      fees: money,
      amountToPay: money,
      rows: z.object({
        nodes: z.array(
          z.object({
            externalId: z.string().nullable(),
            purpose: z.string().nullable(),
            amount: money,
            fee: money,
            amountToPay: money,
            debtorAccount: z.string().nullable(),
            creditorAccount: z.string().nullable(),
          }),
        ),
      }),
    })
    .nullable(),
});
type Register = NonNullable<z.infer<typeof registerSchema>['register']>;

/** Where the link in a register's mail leads in the sandbox: the register as it stands now, with its first payments. Null: there is none. */
export async function registerPage(graphql: HubGraphql, number: string): Promise<ActorAnswer | null> {
  const { register } = await graphql(REGISTER, { id: number }, registerSchema);
  return register && htmlAnswer(200, page({ title: `Register ${register.number}`, name: 'Register', body: sheet(register) }));
}

function sheet(register: Register) {
  const { number, businessDay, status, debtorBank, creditorBank, total, fees, amountToPay, rows, paymentCount } = register;
  const facts: readonly (readonly [string, string])[] = [
    ['Status', status],
    ['Day', businessDay],
    ['Pays', `${debtorBank.name} (${debtorBank.bic})`],
    ['Is paid', `${creditorBank.name} (${creditorBank.bic})`],
    ['To', register.chargingAccount],
    ['Purpose', register.purpose],
    ['Total', `${total.decimal} ${total.currency}`],
    ['Fees', fees.decimal],
    ['To pay', amountToPay.decimal],
  ];
  const lines = rows.nodes.map(
    (row) =>
      html`<tr>
        <td>${row.externalId ?? ''}</td>
        <td>${row.purpose ?? ''}</td>
        <td class="number">${row.amount.decimal}</td>
        <td class="number">${row.fee.decimal}</td>
        <td class="number">${row.amountToPay.decimal}</td>
        <td>${row.debtorAccount ?? ''}</td>
        <td>${row.creditorAccount ?? ''}</td>
      </tr>`,
  );
  return html`<section class="sheet">
    <h1>Register ${number}</h1>
    <dl>
      ${joined(
        facts.map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        ),
      )}
    </dl>
    <h2>${rows.nodes.length < paymentCount ? `${rows.nodes.length} of ${paymentCount} payments` : `${paymentCount} payments`}</h2>
    <div class="rows" tabindex="0" role="region" aria-label="Payments">
      <table>
        <thead>
          <tr>
            <th>External id</th>
            <th>Purpose</th>
            <th class="number">Amount</th>
            <th class="number">Fee</th>
            <th class="number">To pay</th>
            <th>Debtor account</th>
            <th>Creditor account</th>
          </tr>
        </thead>
        <tbody>
          ${joined(lines)}
        </tbody>
      </table>
    </div>
  </section>`;
}
