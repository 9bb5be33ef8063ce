import { readFile } from 'node:fs/promises';

import type { Page } from 'playwright-core';

import { addBusinessDays, businessDayOf, startOfBusinessDay, type BusinessDay } from '../../../kernel/core/time.ts';
import type { HubUnderTest, SandboxBank } from '../../flows/hub-under-test.ts';
import { waitFor } from '../../support/wait-for.ts';

/** What operations ask and do outside of the console. */
export async function asked(hub: HubUnderTest, document: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await hub.graphql(document, variables, hub.sandbox.ops.token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** What the hub takes for now: tests before may have moved it. */
async function hubTime(hub: HubUnderTest): Promise<number> {
  const answer = await fetch(`${hub.sandbox.sandbox}/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: 1 }) });
  const { now } = (await answer.json()) as { now: string }; // The sandbox's own.
  return Date.parse(now);
}

/** A payment of this bank's customer in the shop, by its guid, once it has succeeded. */
export async function bought(hub: HubUnderTest, bank: SandboxBank, amountMinor: string): Promise<string> {
  const { orderId } = await hub.createOrder({ amountMinor, expiresAt: new Date((await hubTime(hub)) + 600_000) });
  const { guid = '' } = await hub.pay(orderId, bank);
  await hub.waitForOrder(orderId, 'SUCCESS');
  return guid;
}

/** The day on which the hub books now. */
export async function openDay(hub: HubUnderTest): Promise<BusinessDay> {
  const { settlementDays } = await asked(hub, '{ settlementDays(first: 1) { nodes { day } } }');
  return settlementDays.nodes[0]?.day ?? businessDayOf(new Date());
}

/** Waits until the ledger has so many payments of a day, and lets midnight pass: its registers are made then. */
export async function closeDay(hub: HubUnderTest, day: BusinessDay, payments: number): Promise<void> {
  await waitFor(async () => {
    const { balances } = await asked(hub, 'query ($day: BusinessDay!) { balances(day: $day) { paymentCount } }', { day });
    return balances.reduce((sum: number, { paymentCount }: { paymentCount: number }) => sum + paymentCount, 0) >= payments;
  });
  await hub.advanceClock(startOfBusinessDay(addBusinessDays(day, 1)).getTime() + 60_000 - (await hubTime(hub)));
}

/** Lets a number lead to an account of this bank. */
export async function linked(hub: HubUnderTest, phone: string, bank: SandboxBank): Promise<void> {
  const input = { phone, account: bank.accounts[0]?.iban, reason: 'asked for by its owner', idempotencyKey: crypto.randomUUID() };
  const { aliasLink } = await asked(hub, 'mutation ($input: AliasLinkInput!) { aliasLink(input: $input) { errors { code } } }', { input });
  if (aliasLink.errors.length > 0) throw new Error(JSON.stringify(aliasLink.errors));
}

/** Lets the hub follow a key set that is not there; the keys that it knows stay. */
export async function brokenKeySource(hub: HubUnderTest, bank: SandboxBank): Promise<void> {
  const input = { participantId: bank.guid, jwksUrl: `${hub.sandbox.sandbox}/nowhere.json`, idempotencyKey: crypto.randomUUID() };
  const change =
    'mutation ($input: ParticipantKeySourceChangeInput!) { participantKeySourceChange(input: $input) { errors { code message } } }';
  const { participantKeySourceChange } = await asked(hub, change, { input });
  if (participantKeySourceChange.errors.length > 0) throw new Error(JSON.stringify(participantKeySourceChange.errors));
}

/** The file that a button gives. */
export async function saved(page: Page, button: string): Promise<{ readonly name: string; readonly text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button }).click()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
}

const API_KEY = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret apiKey { apiKeyId } errors { code } } }`;
const REVOKE = `mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { errors { code } } }`;

/** An API key of a participant: what it says, and its end. */
export async function apiKey(hub: HubUnderTest, participantId: string, kind: string) {
  const { apiKeyCreate } = await asked(hub, API_KEY, { input: { participantId, kind, idempotencyKey: crypto.randomUUID() } });
  const { apiKeyId } = apiKeyCreate.apiKey as { readonly apiKeyId: string };
  const revoke = () => asked(hub, REVOKE, { input: { apiKeyId, idempotencyKey: crypto.randomUUID() } });
  return { secret: apiKeyCreate.secret as string, revoke };
}
