import { generateKeyPairSync } from 'node:crypto';

/** Puts the secrets that wrangler.toml requires where wrangler looks for it. Nobody checks what the Worker of these tests signs with them. */
export function provideWorkerSecrets(): void {
  const { privateKey } = generateKeyPairSync('ed25519');
  const receipts = generateKeyPairSync('rsa', { modulusLength: 2048 });
  process.env['RECEIPT_KEY'] = JSON.stringify({ kid: 'edge-test', privateJwk: receipts.privateKey.export({ format: 'jwk' }) });
  process.env['ENVELOPE_KEY'] = JSON.stringify({ kid: 'test', privateJwk: privateKey.export({ format: 'jwk' }) });
}
