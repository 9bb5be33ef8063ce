import { setTimeout as pause } from 'node:timers/promises';

import { z } from 'zod';

import { signedRequest, tokenBody } from '../../protocol/client/signed-request.ts';
import { importSigningKey, readToken, signToken } from '../../protocol/token.ts';
import type { RsaPrivateJwk } from '../../protocol/web-crypto.ts';
import { type HistoryEntry, sandboxCalls } from '../demo/sandbox-calls.ts';
import type { SandboxFile } from '../demo/sandbox-file.ts';
import { mailsAfter } from '../demo/show-mails.ts';
import { type Exchange, type MailSaid, readable, type Recording, type Said } from './recording.ts';

type SandboxBank = SandboxFile['banks'][number];
type SandboxMerchant = SandboxFile['merchants'][number];

/** A message of a bank or merchant of the sandbox, as its own history has it; its bodies opened. */
export interface HeardMessage {
  /** in: the hub called the actor. out: the actor called the hub. */
  readonly direction: 'in' | 'out';
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  /** The request, opened: its JSON, or the claims of its JWT. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** What a scene plays with. Each method that takes a name records one message under it; the name is that of the mark in the chapter. */
export interface Recorder {
  readonly sandbox: SandboxFile;
  readonly calls: ReturnType<typeof sandboxCalls>;
  readonly payer: SandboxBank;
  readonly receiver: SandboxBank;
  readonly bystander: SandboxBank;
  readonly merchant: SandboxMerchant;
  /** Waits for a message in the history of a bank or merchant, of those since the scene began. Fails after half a minute. */
  heard(name: string, actor: SandboxBank | SandboxMerchant, fits: (message: HeardMessage) => boolean): Promise<HeardMessage>;
  /** Waits for a mail to a bank of the sandbox, by its subject, of those since the scene began; of its files it keeps those that are asked for, or all. */
  mail(name: string, bank: { readonly name: string; readonly address: string }, subject: RegExp, files?: RegExp): Promise<void>;
  /** Sends a request as a bank or merchant that signs it: `claims` as a JWT in the body, `json` as it is, or without a body. */
  send(
    name: string,
    sender: SandboxBank | SandboxMerchant,
    request: { readonly method: string; readonly path: string } & ({ readonly claims: object } | { readonly json: object } | object),
  ): Promise<{ readonly status: number; readonly answer: Readonly<Record<string, unknown>> }>;
  /** Shows what the sandbox itself answered to whoever drives it. */
  sandboxSaid(name: string, line: string, answer: unknown): void;
  /** Asks the gateway, with a credential of the one who asks, and gives `data`. */
  graphql<Data>(
    name: string,
    as: { readonly name: string; readonly token: string },
    o: { readonly query: string; readonly variables: Record<string, unknown>; readonly data: z.ZodType<Data> },
  ): Promise<Data>;
}

export type Scene = (recorder: Recorder) => Promise<void>;

const POLL_MS = 40;
const WAIT_LIMIT_MS = 30_000;
const HUB = 'the hub';

/** Plays a scene and gives what was said in it. */
export async function recordScene(sandbox: SandboxFile, scene: Scene): Promise<Recording> {
  const calls = sandboxCalls(sandbox);
  const recording: Record<string, Exchange> = {};
  const addresses = { [sandbox.edge]: 'https://edge.example', [sandbox.sandbox]: 'https://bank.example' };
  const take = (name: string, exchange: Exchange): void => {
    if (name in recording) throw new Error(`two messages of the scene are called ${name}`);
    recording[name] = readable(exchange, addresses) as Exchange; // The same shape: only texts are changed.
  };
  const bank = (slot: string): SandboxBank => required(sandbox.banks.find((candidate) => candidate.slot === slot));
  const begun = new Map<string, number>();
  for (const id of [...sandbox.banks.map(({ guid }) => guid), ...sandbox.merchants.map(({ uid }) => uid)]) {
    begun.set(id, (await calls.history(id, 0)).at(-1)?.n ?? 0);
  }

  const lastMail = (await mailsAfter(sandbox, 0)).at(-1)?.n ?? 0;

  await scene({
    sandbox,
    calls,
    payer: bank('payer'),
    receiver: bank('receiver'),
    bystander: bank('bystander'),
    merchant: required(sandbox.merchants[0]),
    async heard(name, actor, fits) {
      const id = 'guid' in actor ? actor.guid : actor.uid;
      for (const end = Date.now() + WAIT_LIMIT_MS; Date.now() < end; await pause(POLL_MS)) {
        for (const entry of await calls.history(id, begun.get(id) ?? 0)) {
          const message = messageOf(entry);
          if (!fits(message)) continue;
          take(name, exchangeOf(entry, actor.name));
          return message;
        }
      }
      throw new Error(`${actor.name} never heard or said ${name}`);
    },
    async mail(name, { name: bankName, address }, subject, files = /./) {
      const content = await mailTo(sandbox, { address, subject, after: lastMail, keep: files });
      take(name, { from: HUB, to: bankName, line: 'a mail', request: { form: 'mail', content }, status: null, answer: null });
    },
    async send(name, from, request) {
      const { status, body } = await sendSigned(sandbox.edge, from, request);
      const line = `${request.method} ${request.path}`;
      const sent: Said = 'claims' in request ? { form: 'jwt', content: request.claims } : 'json' in request ? jsonOf(request.json) : null;
      take(name, { from: from.name, to: HUB, line, request: sent, status, answer: saidOf(body) });
      return { status, answer: opened(body) };
    },
    sandboxSaid(name, line, answer) {
      take(name, { from: 'you', to: 'the sandbox', line, request: null, status: 200, answer: jsonOf(answer) });
    },
    async graphql(name, as, { query, variables, data }) {
      const got = await calls.graphql(as.token, query, variables, z.unknown());
      take(name, {
        from: as.name,
        to: HUB,
        line: 'GraphQL',
        request: { form: 'graphql', query, variables },
        status: 200,
        answer: jsonOf({ data: got }),
      });
      return data.parse(got);
    },
  });
  return recording;
}

const mailSchema = z.object({
  from: z.string(),
  to: z.array(z.string()),
  subject: z.string(),
  messageId: z.string(),
  text: z.string(),
  files: z.array(z.object({ name: z.string(), text: z.string() })),
});

async function mailTo(
  sandbox: SandboxFile,
  o: { readonly address: string; readonly subject: RegExp; readonly after: number; readonly keep: RegExp },
): Promise<MailSaid> {
  for (const end = Date.now() + WAIT_LIMIT_MS; Date.now() < end; await pause(POLL_MS)) {
    const note = (await mailsAfter(sandbox, o.after)).find((mail) => mail.to.includes(o.address) && o.subject.test(mail.subject));
    if (!note) continue;
    const mail = mailSchema.parse(await (await fetch(`${sandbox.sandbox}/mailbox/${note.n}/mail.json`)).json());
    const headers = [`From: ${mail.from}`, `To: ${mail.to.join(', ')}`, `Subject: ${mail.subject}`, `Message-ID: ${mail.messageId}`];
    const files = mail.files
      .filter(({ name }) => o.keep.test(name))
      .map(({ name, text }) => ({ name, text: text.replace('\uFEFF', '').replaceAll('\r\n', '\n') }));
    return { headers, text: mail.text.replaceAll('\r\n', '\n'), files };
  }
  throw new Error(`${o.address} never got a mail about ${String(o.subject)}`);
}

async function sendSigned(
  edge: string,
  { signKey }: SandboxBank | SandboxMerchant,
  request: { readonly method: string; readonly path: string; readonly claims?: object; readonly json?: object },
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { kid } = signKey;
  const key = await importSigningKey(signKey as unknown as RsaPrivateJwk); // Written by the sandbox that owns the key.
  const { method, path, claims, json } = request;
  const body = claims ? tokenBody(await signToken({ kid, key, payload: claims })) : json && JSON.stringify(json);
  const { url, headers } = await signedRequest({ kid, key, method, url: edge + path, body });
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, body: parsed(await response.text()) };
}

function exchangeOf(entry: HistoryEntry, actor: string): Exchange {
  const { direction, method, path, status, body, sent } = entry;
  const line = `${method} ${path}`;
  if (direction === 'out') return { from: actor, to: HUB, line, request: saidOf(sent), status, answer: saidOf(body) };
  // The history has a callback opened; all but the guide's expiration callback are JWTs.
  const isToken = typeof body === 'object' && body !== null && 'callback_type' in body;
  const request: Said = method === 'GET' ? null : { form: isToken ? 'jwt' : 'json', content: body };
  return { from: HUB, to: actor, line, request, status, answer: saidOf(sent) };
}

function messageOf({ direction, method, path, status, body, sent }: HistoryEntry): HeardMessage {
  const [request, answer] = direction === 'out' ? [sent, body] : [body, sent];
  return { direction, method, path, status, request: opened(request), answer: opened(answer) };
}

const tokenIn = z.object({ jwt: z.string() });
const members = z.record(z.string(), z.unknown());

/** A body as it is to be read: a JWT is opened, as plain text and as `{"jwt"}`. */
function saidOf(body: unknown): Said {
  const value = typeof body === 'string' ? parsed(body) : body;
  if (value === null || value === undefined || value === '') return null;
  const text = typeof value === 'string' ? value : tokenIn.safeParse(value).data?.jwt;
  const token = text === undefined ? null : readToken(text);
  return token?.ok ? { form: 'jwt', content: token.value.claims } : jsonOf(value);
}

function jsonOf(content: unknown): Said {
  return { form: 'json', content };
}

function opened(body: unknown): Readonly<Record<string, unknown>> {
  const said = saidOf(body);
  return said && 'content' in said ? (members.safeParse(said.content).data ?? {}) : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text; // A JWT as plain text.
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('sandbox.json lacks an actor of the scenes: start the hub with SANDBOX=on');
  return value;
}
