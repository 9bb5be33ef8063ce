import { describe, expect, it } from 'vitest';
import { decodeBase64 } from '../../protocol/base64.ts';
import { readBodyToken } from '../../protocol/token.ts';
import { readVectorToken } from '../../protocol/vectors/read-vector-token.ts';
import tokens from '../../protocol/vectors/tokens.json';

// The edge reads with another engine, another TextDecoder and another library of cryptography than Node: it must come to the same answers.

describe('the published vectors in workerd', () => {
  it('every token reads and verifies as it says', async () => {
    const seen = await Promise.all(tokens.tokens.map(async ({ name, token }) => [name, await readVectorToken(tokens.keys, token)]));
    expect(seen).toEqual(
      tokens.tokens.map((vector) => [vector.name, { code: vector.expect, ...('payload' in vector ? { payload: vector.payload } : {}) }]),
    );
  });

  it('every body gives the token that it says', () => {
    const seen = tokens.bodies.map(({ name, bodyBase64 }) => {
      const read = readBodyToken(decodeBase64(bodyBase64) ?? new Uint8Array());
      return [name, read.ok ? read.value.text : read.failure.code];
    });
    expect(seen).toEqual(tokens.bodies.map((vector) => [vector.name, 'token' in vector ? vector.token : vector.expect]));
  });
});
