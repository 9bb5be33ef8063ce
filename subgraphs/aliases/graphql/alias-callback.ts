import { addCallbackOperations } from '../../../kernel/runtime/graphql/callback-operations.ts';
import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import { operateAliasCallback } from '../app/callbacks.ts';
import type { AliasRefs } from './alias.ts';
import type { AliasesBuilder, AliasesContext } from './builder.ts';
import { failureError } from './failure-messages.ts';

/** "Alias updated" as operations see it, and what they decide where a bank would not hear it. */
export function addAliasCallbacks(
  builder: AliasesBuilder,
  { alias }: AliasRefs,
  { bank }: Pick<ParticipantRefs<AliasesContext>, 'bank'>,
): void {
  addCallbackOperations<AliasesContext>(builder, {
    type: 'AliasCallback',
    name: '"Alias updated"',
    writtenAt: 'When the alias was changed.',
    readScope: 'aliases:read',
    writeScope: 'aliases:write',
    fields: (t) => ({
      bank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank that is told.',
        resolve: ({ receiver }) => ({ guid: receiver.id }),
      }),
      alias: t.field({
        type: alias,
        nullable: true,
        description: 'The alias that it tells of, as it is now.',
        resolve: ({ subject }, _args, { loadAlias }) => loadAlias(subject),
      }),
    }),
    list: async ({ caller, aliases }, asked) => (caller.kind === 'operations' ? await aliases.callbacks.list(asked) : []),
    attemptsOf: ({ aliases }, id) => aliases.callbacks.attemptsOf([id]),
    async operate({ caller, aliases }, wish) {
      const done = await operateAliasCallback(aliases, caller, wish);
      if (done.ok) return { ...done.value, errors: [] };
      return { callback: null, replayed: false, errors: [failureError(done.failure)] };
    },
  });
}
