import { addEntityEvents } from '../../../kernel/runtime/graphql/entity-events.ts';
import { aliasEventSchemas, type AliasEventType } from '../../../schema/events/aliases.ts';
import { visibleTo } from '../app/visibility.ts';
import type { AliasRefs } from './alias.ts';
import type { AliasesBuilder, createAliasesBuilder } from './builder.ts';

const EVENT_TYPES = {
  ALIAS_LINKED: { value: 'AliasLinked', description: 'It leads to an account, or to another one than before.' },
  ALIAS_UNLINKED: { value: 'AliasUnlinked', description: 'It leads nowhere any more.' },
} as const satisfies Record<string, { value: AliasEventType; description: string }>;

/** The history and the live stream of aliases. */
export function addAliasEvents(
  builder: AliasesBuilder,
  { alias }: AliasRefs,
  streamStart: ReturnType<typeof createAliasesBuilder>['streamStart'],
): void {
  addEntityEvents(builder, {
    entity: 'Alias',
    nouns: { a: 'an alias', one: 'alias', many: 'aliases' },
    event: 'AliasChanged',
    idArgument: 'aliasId',
    versionDescription: 'Counts the changes of the alias, without holes.',
    requiresScopes: [['aliases:read']],
    streamStart,
    schemas: aliasEventSchemas,
    types: EVENT_TYPES,
    streams: ({ aliases }) => aliases.streams,
    isVisible: async (id, { caller, loadAlias }) => visibleTo(caller, await loadAlias(id)) !== null,
    fields: (t) => ({
      alias: t.field({
        type: alias,
        nullable: true,
        description: 'The alias as it is now; null when it does not lead to an account of the caller any more.',
        resolve: async ({ event }, _args, { caller, loadAlias }) => visibleTo(caller, await loadAlias(event.subject)),
      }),
    }),
  });
}
