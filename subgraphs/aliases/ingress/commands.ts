import { handleCommand, type CommandHandler } from '../../../kernel/runtime/command.ts';
import { findAlias, linkFoundAlias } from '../../../schema/commands/aliases.ts';
import { linkFoundAccount } from '../app/found-aliases.ts';
import { lookUpAccount, type LookUpDeps } from '../app/look-up.ts';

/** What sister subgraphs may ask of aliases. */
export function aliasCommands(deps: LookUpDeps & Parameters<typeof linkFoundAccount>[0]): readonly CommandHandler[] {
  return [
    handleCommand(findAlias, async (request) => {
      const found = await lookUpAccount(deps, request);
      return {
        account: found.kind === 'found' ? found.account : null,
        limited: found.kind === 'limited' ? { retryAfterSeconds: Math.max(1, Math.ceil(found.waitMs / 1_000)) } : null,
      };
    }),
    handleCommand(linkFoundAlias, async ({ phone, account, bankGuid, consentedAt }) => {
      const found = { phone, account: { iban: account, bankGuid }, consentedAt: new Date(consentedAt) };
      return { linked: await linkFoundAccount(deps, found) };
    }),
  ];
}
