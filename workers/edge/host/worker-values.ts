interface KeyPair {
  readonly kid: string;
  readonly privateJwk: object;
}
interface PublicKey {
  readonly kid: string;
  readonly publicJwk: object;
}

/**
 * `envelope`: the newest signs what goes to the core. `edgeSigning`: the newest signs receipts. `directory`: each may have signed the
 * directory that comes from the core.
 */
export interface WorkerKeys {
  readonly envelope: readonly KeyPair[];
  readonly edgeSigning: readonly KeyPair[];
  readonly directory: readonly PublicKey[];
}

/** What the Worker is given of the hub's own keys, under the names of wrangler.toml: two secrets and a variable. */
export function workerValues({ envelope, edgeSigning, directory }: WorkerKeys) {
  return {
    secrets: { ENVELOPE_KEY: newest('envelope', envelope), RECEIPT_KEY: newest('edge-signing', edgeSigning) },
    vars: { DIRECTORY_KEYS: JSON.stringify(directory.map(({ kid, publicJwk }) => ({ kid, publicJwk }))) },
  };
}

function newest(ring: string, [key]: readonly KeyPair[]): string {
  if (!key) throw new Error(`the edge needs a key of the ring ${ring}`);
  return JSON.stringify({ kid: key.kid, privateJwk: key.privateJwk });
}
