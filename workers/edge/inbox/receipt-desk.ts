import { HUB_NAME } from '../../../protocol/header-token.ts';
import { RECEIPT_ENTRIES_MAX, receiptClaims, type ReceiptEntry } from '../../../protocol/receipt.ts';
import { importSigningKey, signToken } from '../../../protocol/token.ts';
import type { ReceiptKey } from '../settings.ts';

/** Receipts that are asked for within this time share one signature. Milliseconds. */
const SHARE_WINDOW_MS = 2;

interface Asked {
  readonly entry: ReceiptEntry;
  readonly audience: string;
  readonly resolve: (receipt: string) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Signs receipts for the messages of one participant. Here and not in the core, so that a promise is receipted while the core is away.
 * An RSA signature takes this object's one thread about as long as everything else that it does for a message; those that are answered
 * at the same moment therefore share one.
 */
export class ReceiptDesk {
  readonly #key: ReceiptKey;
  #signingKey: ReturnType<typeof importSigningKey> | undefined;
  #asked: Asked[] = [];
  #working = false;

  constructor(key: ReceiptKey) {
    this.#key = key;
  }

  /** To be awaited before any message is taken: an edge without a usable key accepts nothing. Throws when the key cannot be used. */
  async open(): Promise<void> {
    this.#signingKey ??= importSigningKey(this.#key.privateJwk);
    await this.#signingKey;
  }

  /** An answer that is itself a JWT, where the core cannot be asked for it. */
  async answerToken(audience: string, members: Readonly<Record<string, unknown>>): Promise<string> {
    this.#signingKey ??= importSigningKey(this.#key.privateJwk);
    const iat = Math.floor(Date.now() / 1000);
    return signToken({ kid: this.#key.kid, key: await this.#signingKey, payload: { iss: HUB_NAME, aud: audience, iat, ...members } });
  }

  /** The value of Cx-Receipt for an answer that leaves now. */
  issue(audience: string, entry: ReceiptEntry): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ entry, audience, resolve, reject });
      if (this.#working) return;
      this.#working = true;
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    await scheduler.wait(SHARE_WINDOW_MS);
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      try {
        const receipt = await this.#sign(batch);
        for (const { resolve } of batch) resolve(receipt);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#working = false;
  }

  /** Only one participant's: a receipt shows its reader every message that it speaks of. */
  #take(): Asked[] {
    const audience = this.#asked[0]?.audience;
    const batch = this.#asked.filter((asked) => asked.audience === audience).slice(0, RECEIPT_ENTRIES_MAX);
    this.#asked = this.#asked.filter((asked) => !batch.includes(asked));
    return batch;
  }

  async #sign(batch: readonly Asked[]): Promise<string> {
    this.#signingKey ??= importSigningKey(this.#key.privateJwk);
    const claims = receiptClaims({ audience: batch[0]?.audience ?? '', now: new Date(), entries: batch.map(({ entry }) => entry) });
    return signToken({ kid: this.#key.kid, key: await this.#signingKey, payload: claims });
  }
}
