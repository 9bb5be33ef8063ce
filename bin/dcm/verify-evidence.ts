import { type EvidenceReport, type FindingResult, verifyPaymentEvidence } from '../../protocol/client/verify-payment-evidence.ts';
import { EVIDENCE_FORMAT } from '../../protocol/payment-evidence.ts';
import { importHubKeys, readKeySet } from './key-set.ts';
import { EXIT, type ExitCode, type Terminal } from './terminal.ts';

const MARKS = { ok: 'ok', failed: 'NO', unchecked: '??', absent: '--' } as const satisfies Record<FindingResult, string>;

/** Whether a text means to be the evidence of a payment. */
export function looksLikeEvidence(text: string): boolean {
  return text.trimStart().startsWith('{') && text.includes(`"${EVIDENCE_FORMAT}"`);
}

/** One line for each thing that was looked at. Only what was checked whole, and holds, ends well. */
export async function verifyEvidence(
  text: string,
  o: { readonly hubKeys: string | undefined; readonly json: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const hubKeys = o.hubKeys === undefined ? null : await importHubKeys(await readKeySet(o.hubKeys, terminal));
  const report = await verifyPaymentEvidence(text, hubKeys);
  if (o.json) terminal.out(JSON.stringify({ holds: report.holds, findings: report.findings }, null, 2));
  else print(report, terminal);
  return report.holds ? EXIT.OK : EXIT.NO;
}

function print({ findings, holds }: EvidenceReport, terminal: Terminal): void {
  for (const { name, result, detail } of findings) terminal.out(`${MARKS[result]}  ${name.padEnd(11)} ${printable(detail)}`);
  const named = (wanted: FindingResult): string =>
    findings
      .filter(({ result }) => result === wanted)
      .map(({ name }) => name)
      .join(', ');
  if (holds) terminal.out('Everything in this file holds.');
  if (named('failed')) terminal.out(`It does not hold: ${named('failed')}.`);
  if (named('unchecked')) terminal.out(`Not proven: ${named('unchecked')}. Give the key set of the hub with --hub-keys.`);
}

/** Texts of a file that somebody else wrote: a control character would be the terminal's. */
function printable(text: string): string {
  return text.replace(/\p{Cc}|[\u2028-\u202e\u2066-\u2069]/gu, '\u{fffd}');
}
