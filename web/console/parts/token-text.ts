import { readBodyToken } from '../../../protocol/token.ts';

/** What a JWT says, as plain text or inside `{"jwt"}`, for somebody to read: its header and claims without the signature. Null for what is no token. */
export function tokenText(text: string): string | null {
  const token = readBodyToken(text);
  return token.ok ? JSON.stringify({ header: token.value.header, claims: token.value.claims }, null, 2) : null;
}
