import { paymentGuid } from '../payment-guid.ts';

export interface PaymentGuidVector {
  readonly initiatorGuid: string;
  readonly jti: string;
  readonly guid: string;
}

const CASES: readonly [initiatorGuid: string, jti: string][] = [
  ['0193c2a4-0000-7000-8000-0000000000b1', '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e'],
  ['0193c2a4-0000-7000-8000-0000000000b2', '5f0c1f34-8a43-4e0b-8c9d-0a8f1c2b3d4e'],
  ['0193c2a4-0000-7000-8000-0000000000b1', 'PAY-17'],
  ['0193c2a4-0000-7000-8000-0000000000b1', 'платіж-17'],
];

export function paymentGuidVectors(): Promise<PaymentGuidVector[]> {
  return Promise.all(CASES.map(async ([initiatorGuid, jti]) => ({ initiatorGuid, jti, guid: await paymentGuid(initiatorGuid, jti) })));
}
