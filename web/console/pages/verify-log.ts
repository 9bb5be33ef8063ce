import { type AuditBreak, type AuditPlace, verifyAuditPage } from '../../../schema/audit-chain.ts';
import { GatewayFailure } from '../../client/failure.ts';
import type { AliasAuditQuery } from '../generated/documents.ts';

/** Where verifying a log stands. `head` is the entry at which it began: what comes later is not part of it. */
export type Verification =
  | { readonly state: 'READING'; readonly head: AuditPlace | null; readonly done: bigint }
  | { readonly state: 'VERIFIED'; readonly head: AuditPlace; readonly since: bigint | null }
  | { readonly state: 'BROKEN'; readonly head: AuditPlace; readonly at: bigint; readonly code: AuditBreak['code'] | 'NOT_AS_NOTED' };

export type ReadPage = (page: { readonly after: string | null; readonly upTo: string | null }) => Promise<AliasAuditQuery>;

/** The head of a log as this browser has verified it before. A log that was made anew since, hashes and all, does not have it. */
export interface NotedHead {
  read(): AuditPlace | null;
  write(place: AuditPlace): void;
}

/** Recomputes a whole log in the browser, from its head to its beginning, and tells how far it is. */
export async function* verifyLog(logName: string, readPage: ReadPage, noted: NotedHead): AsyncGenerator<Verification, Verification> {
  yield { state: 'READING', head: null, done: 0n };
  const before = noted.read();
  let head: AuditPlace | null = null;
  let place: AuditPlace | null = null;
  let after: string | null = null;
  do {
    const answer: AliasAuditQuery = await readPage({ after, upTo: head === null ? null : String(head.sequence) });
    head ??= { sequence: BigInt(answer.head.sequence), hash: answer.head.hash };
    const top = head.sequence;
    const entries = answer.page.nodes
      .map((node) => ({ ...node, sequence: BigInt(node.sequence) }))
      .filter(({ sequence }) => sequence <= top);
    if (before && before.sequence > head.sequence) return { state: 'BROKEN', head, at: before.sequence, code: 'NOT_AS_NOTED' };
    if (entries.some(({ sequence, hash }) => sequence === before?.sequence && hash !== before.hash))
      return { state: 'BROKEN', head, at: before?.sequence ?? 0n, code: 'NOT_AS_NOTED' };
    const verified = await verifyAuditPage(logName, place ?? head, entries);
    if (!verified.ok) return { state: 'BROKEN', head, at: verified.failure.sequence, code: verified.failure.code };
    place = verified.value;
    after = answer.page.pageInfo.endCursor;
    // A page may bring nothing but entries that came after the head; one that is empty brings nothing more.
    if (place.sequence > 0n && answer.page.nodes.length === 0) return { state: 'BROKEN', head, at: place.sequence, code: 'ENTRY_MISSING' };
    yield { state: 'READING', head, done: head.sequence - place.sequence };
  } while (place.sequence > 0n);
  noted.write(head);
  return { state: 'VERIFIED', head, since: before?.sequence ?? null };
}

/** Asks again, as often as it takes, when the hub says that this key has asked for much and how long to wait. */
export async function whenAllowed<Answer>(ask: () => Promise<Answer>, pause: (ms: number) => Promise<unknown>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof GatewayFailure) || error.code !== 'RATE_LIMITED' || error.retryAfterMs === null) throw error;
      await pause(error.retryAfterMs);
    }
  }
}
