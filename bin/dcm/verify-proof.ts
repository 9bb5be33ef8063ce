import { importHubKeys, readKeySet } from './key-set.ts';
import { verifyRegisterProof } from '../../protocol/client/verify-register-proof.ts';
import type { Command } from './command.ts';
import { readInput } from './input.ts';
import { EXIT } from './terminal.ts';

export const VERIFY_PROOF: Command = {
  name: 'verify-proof',
  operands: 'FILE',
  summary: 'checks that a payment is in a register that the hub has sealed',
  details: `
FILE holds what registerProof(paymentGuid) gives as "proof", byte for byte. With the hub's key set in a file nothing else is needed, and nobody is asked.
The proven payment goes to standard output, as the register lists it.

  dcm verify-proof proof.json --hub-keys hub-jwks.json`,
  operandsMax: 1,
  options: { 'hub-keys': { value: 'FILE|URL', help: 'the key set of the hub' } },
  async run(args, terminal) {
    const text = await readInput(args.operand(0, 'FILE'), terminal);
    const set = await readKeySet(args.required('hub-keys'), terminal);
    const proven = await verifyRegisterProof(text, await importHubKeys(set));
    if (!proven.ok) {
      terminal.note(`The proof proves nothing: ${proven.failure.code}.`);
      return EXIT.NO;
    }
    const { row, seal } = proven.value;
    const { register_id: id, debtor_bic: debtor, creditor_bic: creditor, payments_total: total, iat } = seal;
    terminal.out(JSON.stringify(row, null, 2));
    terminal.note(
      `Payment ${row.payment_message_guid} is one of ${total} in register ${id} of ${seal.period_end}, ${debtor} to ${creditor}, sealed by the hub at ${new Date(iat * 1000).toISOString()}.`,
    );
    return EXIT.OK;
  },
};
