import { handleCommand, type CommandHandler } from '../../../kernel/runtime/command.ts';
import { findAlias, linkFoundAlias } from '../../../schema/commands/aliases.ts';
import { findAccount, linkFoundAccount } from '../app/found-aliases.ts';
import type { AliasReads } from '../app/ports.ts';

/** What sister subgraphs may ask of aliases. */
export function aliasCommands(deps: { readonly reads: AliasReads } & Parameters<typeof linkFoundAccount>[0]): readonly CommandHandler[] {
  return [
    handleCommand(findAlias, async ({ phone }) => ({ account: await findAccount(deps.reads, phone) })),
    handleCommand(linkFoundAlias, async ({ phone, account, bankGuid, consentedAt }) => {
      const found = { phone, account: { iban: account, bankGuid }, consentedAt: new Date(consentedAt) };
      return { linked: await linkFoundAccount(deps, found) };
    }),
  ];
}
