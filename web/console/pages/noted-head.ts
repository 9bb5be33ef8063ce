import type { AuditPlace } from '../../../schema/audit-chain.ts';
import type { NotedHead } from './verify-log.ts';

/** In this browser, for as long as it keeps anything. What is not readable there was never noted. */
export function notedHead(key: string): NotedHead {
  return {
    read() {
      const [digits = '', hash = ''] = (localStorage.getItem(key) ?? '').split(' ');
      return /^\d{1,18}$/.test(digits) && /^[\da-f]{64}$/.test(hash) ? { sequence: BigInt(digits), hash } : null;
    },
    write({ sequence, hash }: AuditPlace) {
      localStorage.setItem(key, `${sequence} ${hash}`);
    },
  };
}
