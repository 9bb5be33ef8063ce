import { createHash, randomBytes } from 'node:crypto';

import type { ApiKeySource } from '../app/ports.ts';

const KEY_BYTES = 32;

/** API keys from the operating system's randomness. A fast hash is enough: 256 random bits cannot be guessed. */
export const apiKeySource: ApiKeySource = {
  random: () => randomBytes(KEY_BYTES).toString('base64url'),
  sha256: (text) => createHash('sha256').update(text).digest('hex'),
};
