import type { GraphQLError } from 'graphql';

import { requestError } from './errors.ts';
import type { PageInfo, RequestContext, SubgraphBuilder } from './schema-types.ts';

export function addPageInfo(builder: SubgraphBuilder<RequestContext>): void {
  builder.objectType('PageInfo', {
    description: 'Where a page stands in its list.',
    shareable: true,
    fields: (t) => ({
      hasNextPage: t.exposeBoolean('hasNextPage', { description: 'Whether something follows.' }),
      hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
        description: 'Whether something is known to precede: true on every page but the first.',
      }),
      startCursor: t.expose('startCursor', { type: 'Cursor', nullable: true, description: 'The place of the first item.' }),
      endCursor: t.expose('endCursor', { type: 'Cursor', nullable: true, description: 'Give it as `after` for the next page.' }),
    }),
  });
}

export interface Edge<Node> {
  readonly node: Node;
  readonly cursor: string;
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly pageInfo: PageInfo;
}

/** Page sizes: without `first`, and the most that one request may ask for. */
export const PAGE_DEFAULT = 20;
export const PAGE_MAX = 100;

/** What a resolver asks its use case for: one row more than `first` says whether there is a next page. */
export interface PageRequest {
  readonly first: number;
  /** The sort key of the last row of the page before, or null for the first page. */
  readonly after: readonly string[] | null;
}

/** Reads `first` and `after`. Throws PAGE_SIZE above the cap or below one, CURSOR_INVALID for a cursor of another list. */
export function pageRequest(
  args: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
  limits: { readonly keyParts: number; readonly max?: number },
): PageRequest {
  const max = limits.max ?? PAGE_MAX;
  const first = args.first ?? Math.min(PAGE_DEFAULT, max);
  if (first < 1 || first > max) throw requestError('PAGE_SIZE', `first is between 1 and ${max}`, { max });
  return { first, after: args.after === undefined || args.after === null ? null : readKey(args.after, limits.keyParts) };
}

/**
 * A page of a list with a stable order. `rows` are up to `first + 1` rows after the key; `keyOf` gives a row's sort key, which ends
 * with something unique (createdAt, id): keyset paging neither skips nor repeats rows when others are inserted.
 */
export function connectionOf<Node>(rows: readonly Node[], page: PageRequest, keyOf: (node: Node) => readonly string[]): Connection<Node> {
  const edges = rows.slice(0, page.first).map((node) => ({ node, cursor: writeKey(keyOf(node)) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > page.first,
      hasPreviousPage: page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function writeKey(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function readKey(cursor: string, parts: number): readonly string[] {
  const key = jsonOf(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (Array.isArray(key) && key.length === parts && key.every((part) => typeof part === 'string')) return key;
  throw foreignCursor();
}

/** CURSOR_INVALID: for a list whose keys have a form of their own. */
export function foreignCursor(): GraphQLError {
  return requestError('CURSOR_INVALID', 'this cursor is not from this list');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
