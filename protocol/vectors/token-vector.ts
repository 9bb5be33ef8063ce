import type { ErrorCode } from '../errors.ts';

export interface TokenVector {
  readonly name: string;
  readonly token: string;
  /** What reading the token and verifying it with the bank's keys ends in. */
  readonly expect: 'OK' | ErrorCode;
  /** The exact text of the payload, where the token is believed. */
  readonly payload?: string;
}

/** A name, a token in the making, what it ends in. */
export type TokenCase = readonly [name: string, token: string | Promise<string>, expect: TokenVector['expect']];
