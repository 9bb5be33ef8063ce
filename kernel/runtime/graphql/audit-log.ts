import type { AuditPlace, ChainedEntry } from '../../../schema/audit-chain.ts';
import { AUDITED_ACTIONS } from '../../../schema/audit-entry.ts';
import { connectionType } from './connection-type.ts';
import { type Connection, connectionOf, foreignCursor, pageRequest } from './connection.ts';
import { requestError } from './errors.ts';
import type { RequestContext, SubgraphBuilder, SubgraphSchemaTypes } from './schema-types.ts';

/** Which entries; null asks for all. `until` is the first instant that is left out. */
export interface AuditFilter {
  readonly actor: string | null;
  readonly action: string | null;
  readonly target: string | null;
  readonly from: Date | null;
  readonly until: Date | null;
}

export interface AuditRow extends ChainedEntry {
  readonly at: string;
  readonly actorKind: string;
  readonly actor: string;
  readonly keyId: string | null;
  readonly action: string;
  readonly targetKind: string;
  readonly target: string;
  readonly details: string;
}

export interface AuditReads {
  head(): Promise<AuditPlace>;
  /** Newest first, none above `upTo`. */
  page(filter: AuditFilter, o: { readonly upTo: bigint; readonly limit: number }): Promise<readonly AuditRow[]>;
}

type Types<Context extends RequestContext> = PothosSchemaTypes.ExtendDefaultTypes<SubgraphSchemaTypes<Context>>;

/** Verifying reads the whole log, so its pages may be larger than others. */
const AUDIT_PAGE_MAX = 500;
const SEQUENCE = /^\d{1,18}$/;

/**
 * The audit log of one subgraph, as `{name}Audit` and `{name}AuditHead`. The types are the same in every subgraph. For operations with
 * the scope audit:read; everybody else is refused.
 */
export function addAuditLog<Context extends RequestContext>(
  builder: SubgraphBuilder<Context>,
  o: { readonly name: string; readonly readsOf: (context: Context) => AuditReads },
): void {
  const head = addHead(builder);
  const connection = connectionType(builder, 'AuditEntry', addEntry(builder), { shareable: true });
  const action = builder.enumType('AuditAction', {
    description: 'What was done, by the name of its mutation.',
    values: AUDITED_ACTIONS,
  }) as PothosSchemaTypes.EnumRef<Types<Context>, string>; // Pothos cannot tell the values' type while the context is generic.
  const reads = (context: Context): AuditReads => {
    if (context.caller.kind !== 'operations') throw requestError('FORBIDDEN', 'the audit log is for operations');
    return o.readsOf(context);
  };
  builder.queryFields((t) => ({
    [`${o.name}AuditHead`]: t.field({
      type: head,
      requiresScopes: [['operations', 'audit:read']],
      tag: 'internal',
      description: 'The newest entry of this audit log: note it, and an edit of what is before it can be found.',
      resolve: async (_root, _args, context) => await reads(context).head(),
    }),
    [`${o.name}Audit`]: t.field({
      type: connection,
      requiresScopes: [['operations', 'audit:read']],
      tag: 'internal',
      description: 'What was done by mutations of this subgraph, newest first. For operations.',
      args: {
        first: t.arg.int({ description: `How many; at most ${AUDIT_PAGE_MAX}.` }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
        upTo: t.arg({ type: 'Sequence', description: 'None with a greater number.' }),
        actor: t.arg.string({ description: 'By whom: the subject of a token of operations, or the id of a participant.' }),
        action: t.arg({ type: action, description: 'Which mutation.' }),
        target: t.arg.string({ description: 'On what, by its id.' }),
        from: t.arg({ type: 'DateTime', description: 'The first instant.' }),
        until: t.arg({ type: 'DateTime', description: 'The first instant that is left out.' }),
      },
      resolve: async (_root, args, context): Promise<Connection<AuditRow>> => {
        const page = pageRequest(args, { keyParts: 1, max: AUDIT_PAGE_MAX });
        const filter = {
          actor: args.actor ?? null,
          action: args.action ?? null,
          target: args.target ?? null,
          from: args.from ?? null,
          until: args.until ?? null,
        };
        const rows = await reads(context).page(filter, { upTo: lowest(args.upTo, page.after), limit: page.first + 1 });
        return connectionOf(rows, page, ({ sequence }) => [sequence.toString()]);
      },
    }),
  }));
}

const HIGHEST = 9_223_372_036_854_775_807n;

/** A page goes on below the last entry of the one before. */
function lowest(upTo: bigint | null | undefined, after: readonly string[] | null): bigint {
  const limit = upTo ?? HIGHEST;
  if (after === null) return limit;
  const [last = ''] = after;
  if (!SEQUENCE.test(last)) throw foreignCursor();
  const next = BigInt(last) - 1n;
  return next < limit ? next : limit;
}

/** The text of a time that an edit has spoilt is the epoch: whoever verifies the chain must see the entry. */
function instantOf(text: string): Date {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? new Date(0) : at;
}

function addHead<Context extends RequestContext>(builder: SubgraphBuilder<Context>) {
  return builder.objectRef<AuditPlace>('AuditHead').implement({
    shareable: true,
    description: 'Where an audit log ends.',
    fields: (t) => ({
      sequence: t.field({ type: 'Sequence', description: 'The number of the newest entry; 0 for none.', resolve: (row) => row.sequence }),
      hash: t.string({
        description: 'Its hash; of an empty log, what its first entry will be chained to. Hex.',
        resolve: (row) => row.hash,
      }),
    }),
  });
}

function addEntry<Context extends RequestContext>(builder: SubgraphBuilder<Context>) {
  const actor = builder.objectRef<AuditRow>('AuditActor').implement({
    shareable: true,
    description: 'Who did something.',
    fields: (t) => ({
      kind: t.string({ description: '`operations`, `merchant` or `bank`.', resolve: (row) => row.actorKind }),
      subject: t.string({ description: 'The subject of the token, or the id of the participant.', resolve: (row) => row.actor }),
      keyId: t.string({ nullable: true, description: 'The API key, where it was one.', resolve: (row) => row.keyId }),
    }),
  });
  const target = builder.objectRef<AuditRow>('AuditTarget').implement({
    shareable: true,
    description: 'What something was done to.',
    fields: (t) => ({
      kind: t.string({ description: 'Such as `payment`, `bank`, `register`.', resolve: (row) => row.targetKind }),
      targetId: t.string({ description: 'The id that it has on the wire.', resolve: (row) => row.target }),
    }),
  });
  return builder.objectRef<AuditRow>('AuditEntry').implement({
    shareable: true,
    description: 'One thing that somebody did. Phone numbers, IBANs and keys in it are masked; an entry is never changed or removed.',
    fields: (t) => ({
      sequence: t.field({ type: 'Sequence', description: 'Its number in its log, dense from 1.', resolve: (row) => row.sequence }),
      at: t.field({ type: 'DateTime', description: 'When, by the wall clock.', resolve: (row) => instantOf(row.at) }),
      actor: t.field({ type: actor, description: 'Who.', resolve: (row) => row }),
      action: t.string({ description: 'What: the name of the mutation.', resolve: (row) => row.action }),
      target: t.field({ type: target, description: 'On what.', resolve: (row) => row }),
      details: t.string({ description: 'Reason, outcome, terms before and after: JSON.', resolve: (row) => row.details }),
      entry: t.string({ description: 'The whole entry as JSON, byte for byte as it is hashed.', resolve: (row) => row.entry }),
      previousHash: t.string({ description: 'The hash of the entry before it. Hex.', resolve: (row) => row.previousHash }),
      hash: t.string({ description: 'SHA-256 over the bytes of `previousHash` and of `entry`. Hex.', resolve: (row) => row.hash }),
    }),
  });
}
