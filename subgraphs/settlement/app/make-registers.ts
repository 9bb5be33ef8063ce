import { CURRENCIES } from '../../../kernel/core/money.ts';
import type { BusinessDay, Instant } from '../../../kernel/core/time.ts';
import type { BankEntry } from '../../../schema/directory.ts';
import { planRegisters, type Pair, type RegisterBank } from '../domain/register-plan.ts';
import type { KillSwitch } from './kill-points.ts';
import type { DayStore, MakeRegisters } from './register-ports.ts';

/** The participants as this process knows them. */
export interface Participants {
  bankByGuid(guid: string): BankEntry | undefined;
}

export interface MakingDeps {
  readonly days: DayStore;
  readonly make: MakeRegisters;
  readonly participants: Participants;
  /** Business time. */
  readonly now: () => Instant;
  readonly kill: KillSwitch;
}

/** Makes the registers of every closed day that has none. Returns the days that got theirs here. */
export async function makeDueRegisters(deps: MakingDeps): Promise<readonly BusinessDay[]> {
  const made: BusinessDay[] = [];
  for (const day of await deps.days.withoutRegisters()) if (await makeRegisters(deps, day)) made.push(day);
  return made;
}

/**
 * Makes the registers of one closed day, all of them or none, once however often it runs. False when there was nothing to make: the day is open, or has its
 * registers. Throws when the directory does not know a bank of the day yet.
 */
export async function makeRegisters(deps: MakingDeps, day: BusinessDay): Promise<boolean> {
  const { make, participants, now, kill } = deps;
  const made = await make(day, async (making) => {
    await kill('before-register-totals');
    const totals = await making.totals();
    const activePairs = await making.activePairs();
    const banks = banksOf(participants, [...totals, ...activePairs]);
    await making.save(planRegisters({ day, totals, activePairs, banks, currency: CURRENCIES[0] }), now());
    await kill('before-registers-commit');
  });
  if (made) await kill('after-registers-commit');
  return made;
}

function banksOf(participants: Participants, pairs: readonly Pair[]): ReadonlyMap<string, RegisterBank> {
  const guids = new Set(pairs.flatMap(({ debtorBankGuid, creditorBankGuid }) => [debtorBankGuid, creditorBankGuid]));
  return new Map(
    [...guids].flatMap((guid) => {
      const entry = participants.bankByGuid(guid);
      if (!entry) return [];
      const { name, bic, taxCode, chargingAccount } = entry;
      return [[guid, { guid, name, bic, taxCode, chargingAccount }] as const];
    }),
  );
}
