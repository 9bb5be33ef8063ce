import { generateKeyPairSync } from 'node:crypto';

/** Puts the secret that wrangler.toml requires where wrangler looks for it. Nobody checks what the Worker of these tests signs with it. */
export function provideWorkerSecrets(): void {
  const { privateKey } = generateKeyPairSync('ed25519');
  process.env['ENVELOPE_KEY'] = JSON.stringify({ kid: 'test', privateJwk: privateKey.export({ format: 'jwk' }) });
}
