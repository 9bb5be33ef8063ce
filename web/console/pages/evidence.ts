import type { OnePaymentQuery } from '../generated/documents.ts';

/** Gives what the page shows of a payment as one JSON file. */
export function saveEvidence(answer: OnePaymentQuery): void {
  const text = JSON.stringify({ kind: 'dcm-payment', exportedAt: new Date().toISOString(), ...answer }, null, 2);
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `payment-${answer.payment?.guid ?? 'unknown'}.json`;
  link.click();
  URL.revokeObjectURL(address);
}
