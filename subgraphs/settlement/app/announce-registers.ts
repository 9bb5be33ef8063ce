import type { Instant } from '../../../kernel/core/time.ts';
import type { NewCallback } from '../../../kernel/wire/callback.ts';
import { grossSettlementPayload } from '../../../protocol/gross-settlement.ts';
import type { Sha256Bytes } from '../domain/uetr.ts';
import type { KillSwitch } from './kill-points.ts';
import type { AnnounceRegisters, RegisterReads, RegisterView } from './register-ports.ts';
import type { SealStore } from './seal-registers.ts';
import { wireRegisterOf, wireRowOf } from './register-on-wire.ts';

/** A callback carries so many payments of its register; the bank reads the others by the register's id. */
export const ROWS_IN_CALLBACK_MAX = 200;
/** Registers whose callbacks share a transaction. */
const ANNOUNCE_BATCH = 10;

export interface AnnounceDeps {
  readonly announce: AnnounceRegisters;
  readonly reads: Pick<RegisterReads, 'rows'>;
  readonly seals: Pick<SealStore, 'seal'>;
  readonly nextId: () => string;
  /** The hub's name in what it signs. */
  readonly issuer: string;
  readonly sign: (payloadJson: string) => Promise<string>;
  /** Wall time: the callbacks are due at once, whatever day it is in the sandbox. */
  readonly wallNow: () => Instant;
  readonly now: () => Instant;
  readonly sha256Bytes: Sha256Bytes;
  readonly kill: KillSwitch;
}

/** Writes the callback "Gross_Settlement" of every register that has none yet, to both of its banks, or to the one that has both roles. */
export async function announceRegisters(deps: AnnounceDeps): Promise<void> {
  for (;;) {
    const compose = async (register: RegisterView): Promise<readonly NewCallback[]> => {
      const callbacks = await callbacksOf(deps, register);
      await deps.kill('before-announcement-commit');
      return callbacks;
    };
    const taken = await deps.announce(ANNOUNCE_BATCH, compose, deps.now());
    if (taken === 0) return;
    await deps.kill('after-announcement-commit');
  }
}

async function callbacksOf(deps: AnnounceDeps, register: RegisterView): Promise<readonly NewCallback[]> {
  const rows = await deps.reads.rows(register, { offset: 0, limit: ROWS_IN_CALLBACK_MAX });
  const seal = (await deps.seals.seal(register.number))?.token ?? null;
  const listed = { rows: rows.map((row) => wireRowOf(row, deps.sha256Bytes)), offset: 0, total: register.paymentCount, seal };
  const banks = new Set([register.debtorBankGuid, register.creditorBankGuid]);
  return await Promise.all(
    [...banks].map(async (bankGuid): Promise<NewCallback> => {
      const id = deps.nextId();
      const createdAt = deps.wallNow();
      const identity = { issuer: deps.issuer, audience: bankGuid, issuedAt: createdAt, callbackGuid: id, sequence: 1 };
      return {
        id,
        type: 'gross-settlement',
        receiver: { kind: 'bank', id: bankGuid },
        subject: register.number,
        body: JSON.stringify({ jwt: await deps.sign(grossSettlementPayload(identity, wireRegisterOf(register), listed)) }),
        whenUnheard: 'review',
        createdAt,
      };
    }),
  );
}
