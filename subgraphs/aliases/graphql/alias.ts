import { connectionType } from '../../../kernel/runtime/graphql/connection-type.ts';
import { connectionOf, foreignCursor, pageRequest, type Connection } from '../../../kernel/runtime/graphql/connection.ts';
import { globalId, wireIdOf } from '../../../kernel/runtime/graphql/global-id.ts';
import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import type { AliasChangeView, AliasView } from '../app/ports.ts';
import { readAlias, readHistory } from '../app/read-aliases.ts';
import { visibleTo } from '../app/visibility.ts';
import type { AliasesBuilder, AliasesContext } from './builder.ts';

type BankRef = ParticipantRefs<AliasesContext>['bank'];

export interface AliasRefs {
  readonly alias: ReturnType<typeof addAliasType>;
}

/** Aliases and their history. */
export function addAlias(builder: AliasesBuilder, { bank }: { readonly bank: BankRef }): AliasRefs {
  const alias = addAliasType(builder, bank);
  const change = addAliasChange(builder, bank);
  const history = connectionType(builder, 'AliasChange', change);
  builder.queryFields((t) => ({
    alias: t.field({
      type: alias,
      nullable: true,
      requiresScopes: [['aliases:read']],
      description: 'Where a phone number leads. Operations see every number, a bank those that lead to its own accounts.',
      args: { phone: t.arg.string({ required: true, description: 'The phone number, with its country code.' }) },
      resolve: (_root, { phone }, { aliases, caller }) => readAlias(aliases.reads, caller, phone),
    }),
    aliasHistory: t.field({
      type: history,
      requiresScopes: [['operations', 'aliases:read']],
      tag: 'internal',
      description: 'Every change of a phone number with who asked, newest first. For operations.',
      args: {
        phone: t.arg.string({ required: true, description: 'The phone number, with its country code.' }),
        first: t.arg.int({ description: 'How many; at most 100.' }),
        after: t.arg({ type: 'Cursor', description: 'The end of the page before.' }),
      },
      resolve: async (_root, args, { aliases, caller }): Promise<Connection<AliasChangeView>> => {
        const page = pageRequest(args, { keyParts: 1 });
        const before = page.after === null ? null : versionOf(page.after[0]);
        const rows = await readHistory(aliases.reads, caller, args.phone, { limit: page.first + 1, before });
        return connectionOf(rows, page, ({ version }) => [String(version)]);
      },
    }),
  }));
  return { alias };
}

function versionOf(key: string | undefined): number {
  if (key === undefined || !/^\d{1,9}$/.test(key)) throw foreignCursor();
  return Number(key);
}

function addAliasType(builder: AliasesBuilder, bank: BankRef) {
  const status = builder.enumType('AliasStatus', {
    description: 'Whether a number leads somewhere.',
    values: { LINKED: { description: 'It leads to an account.' }, UNLINKED: { description: 'It leads nowhere any more.' } },
  });
  const alias = builder.objectRef<AliasView>('Alias').implement({
    description: 'A phone number that stands for an account. One number leads to one account at any time; the last link wins.',
    fields: (t) => ({
      id: t.id({ description: 'Global id.', resolve: ({ id }) => globalId('Alias', id) }),
      aliasId: t.exposeString('id', { description: 'Its id in events.' }),
      phone: t.exposeString('phone', { description: 'E.164.' }),
      status: t.field({
        type: status,
        description: 'Whether it leads somewhere.',
        resolve: ({ account }) => (account ? 'LINKED' : 'UNLINKED'),
      }),
      account: t.string({ nullable: true, description: 'The IBAN that it leads to.', resolve: ({ account }) => account?.iban ?? null }),
      bank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank that holds the account.',
        resolve: ({ account }) => account && { guid: account.bankGuid },
      }),
      version: t.exposeInt('version', { description: 'Counts its changes.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was linked for the first time.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it changed last.' }),
    }),
  });
  builder.asEntity(alias, {
    key: builder.selection<{ id: string }>('id'),
    resolveReference: async ({ id }, { caller, loadAlias }) => visibleTo(caller, await loadAlias(wireIdOf('Alias', id) ?? '')),
  });
  return alias;
}

function addAliasChange(builder: AliasesBuilder, bank: BankRef) {
  return builder.objectRef<AliasChangeView>('AliasChange').implement({
    description: 'One change of an alias. It is never changed or deleted.',
    fields: (t) => ({
      version: t.exposeInt('version', { description: 'Its number within the alias, from 1.' }),
      at: t.expose('at', { type: 'DateTime', description: 'When.' }),
      account: t.string({
        nullable: true,
        description: 'The IBAN that it leads to since then.',
        resolve: ({ account }) => account?.iban ?? null,
      }),
      bank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank that holds it.',
        resolve: ({ account }) => account && { guid: account.bankGuid },
      }),
      previousAccount: t.string({ nullable: true, description: 'The IBAN before.', resolve: ({ previous }) => previous?.iban ?? null }),
      previousBank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank before.',
        resolve: ({ previous }) => previous && { guid: previous.bankGuid },
      }),
      askedBy: t.string({
        description: '`bank:` and its guid, or `operations:` and who.',
        resolve: ({ askedBy }) => `${askedBy.kind}:${askedBy.id}`,
      }),
      reason: t.exposeString('reason', { nullable: true, description: 'Why, when it was operations.' }),
    }),
  });
}
