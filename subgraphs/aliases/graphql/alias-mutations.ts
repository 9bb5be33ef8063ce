import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import { changeByOperations, type OperationsChange } from '../app/operations.ts';
import type { AliasView } from '../app/ports.ts';
import type { AliasRefs } from './alias.ts';
import type { AliasesBuilder, AliasesContext } from './builder.ts';
import { failureError } from './failure-messages.ts';

export function addAliasMutations(builder: AliasesBuilder, { alias }: AliasRefs): void {
  addMutation(builder, alias, {
    name: 'AliasLink',
    description: 'Makes a phone number lead to an account. For operations, to put right what a bank cannot; its bank before is told.',
    withAccount: true,
  });
  addMutation(builder, alias, {
    name: 'AliasUnlink',
    description: 'Makes a phone number lead nowhere. For operations; its bank before is told.',
    withAccount: false,
  });
}

interface AliasMutation {
  readonly name: 'AliasLink' | 'AliasUnlink';
  readonly description: string;
  readonly withAccount: boolean;
}

function addMutation(builder: AliasesBuilder, alias: AliasRefs['alias'], { name, description, withAccount }: AliasMutation): void {
  const input = builder.inputType(`${name}Input`, {
    description: 'Which number, and why.',
    fields: (t) => ({
      phone: t.string({ required: true, description: 'The phone number, with its country code.' }),
      ...(withAccount ? { account: t.string({ required: true, description: 'The IBAN that it shall lead to.' }) } : {}),
      reason: t.string({ required: true, description: 'Why; kept in the history. 1 to 500 characters.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<{ readonly alias: AliasView | null }, AliasesContext>(builder, name, (t) => ({
    alias: t.field({
      type: alias,
      nullable: true,
      description: 'The alias as it is now; null when there was nothing to unlink.',
      resolve: (result) => result.alias,
    }),
  }));
  builder.mutationField(name === 'AliasLink' ? 'aliasLink' : 'aliasUnlink', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['aliases:write']],
      description,
      tag: 'internal',
      args: { input: t.arg({ type: input, required: true, description: 'The change.' }) },
      resolve: async (_root, { input: given }, { aliases, caller, loadAlias }) => {
        const change: OperationsChange = { ...given, account: given.account ?? null };
        const done = await changeByOperations(aliases, caller, change);
        if (!done.ok) return { alias: null, replayed: false, errors: [failureError(done.failure)] };
        const { aliasId, replayed } = done.value;
        return { alias: aliasId === null ? null : await loadAlias(aliasId), replayed, errors: [] };
      },
    }),
  );
}
