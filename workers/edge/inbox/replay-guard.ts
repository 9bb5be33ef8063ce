import { refusal, type Answer } from '../answer.ts';
import type { TokenStore, UsedToken } from './token-store.ts';
import type { WriteBatch } from './write-batch.ts';

/**
 * One use of one header token of one participant, for all endpoints. The same request again gets the same answer byte for byte, while
 * the first is still running too; another request under the token is refused.
 */
export class ReplayGuard {
  readonly #tokens: TokenStore;
  readonly #writes: WriteBatch;
  readonly #running = new Map<string, Running>();

  constructor(o: { tokens: TokenStore; writes: WriteBatch }) {
    this.#tokens = o.tokens;
    this.#writes = o.writes;
  }

  /**
   * Runs `work` unless the token was used. `work` stores the token and its answer; when it leaves the answer out, the request may be
   * sent again and runs again. It gets the name of the object that keeps the token's answer, where that is another one.
   * `isHome`: whether it is decided here whose the token is; else `work` has to claim it where it is.
   */
  async once(token: UsedToken, o: { readonly isHome: boolean }, work: (keeper: string | null) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const running = this.#running.get(token.jti);
      if (!running) break;
      if (running.requestHash !== token.requestHash) return refusal('TOKEN_REPLAYED');
      const answer = await running.ended;
      if (answer) return answer;
    }
    const used = this.#tokens.find(token.jti);
    if (used && used.requestHash !== token.requestHash) return refusal('TOKEN_REPLAYED');
    if (used?.answer) return used.answer;
    return this.#run(token, o, () => work(used?.keeper ?? null));
  }

  /**
   * Gives the token to the request that the object `keeper` works on: 'free', or 'used' by another request. 'moved' when `isHome` says,
   * in the very transaction, that tokens of this kind do not belong here any more.
   */
  async claim(token: UsedToken, o: { readonly keeper: string; readonly isHome: () => boolean }): Promise<TokenClaim> {
    for (;;) {
      const running = this.#running.get(token.jti);
      if (!running) break;
      if (running.requestHash !== token.requestHash) return 'used';
      await running.ended;
    }
    let outcome: TokenClaim = 'used';
    await this.#run(token, { isHome: true }, async () => {
      await this.#writes.add(() => {
        if (!o.isHome()) outcome = 'moved';
        else outcome = this.#tokens.claim(token, o.keeper) ? 'free' : 'used';
      });
      return undefined;
    });
    return outcome;
  }

  /** The request that this token belongs to as far as this object decided, by its hash. */
  requestUnder(jti: string): string | undefined {
    const running = this.#running.get(jti);
    return running?.isHome ? running.requestHash : this.#tokens.find(jti)?.requestHash;
  }

  async #run<A extends Answer | undefined>(token: UsedToken, { isHome }: { isHome: boolean }, work: () => Promise<A>): Promise<A> {
    const ended = work();
    this.#running.set(token.jti, { requestHash: token.requestHash, isHome, ended });
    try {
      return await ended;
    } finally {
      this.#running.delete(token.jti);
    }
  }
}

interface Running {
  readonly requestHash: string;
  readonly isHome: boolean;
  /** Undefined ends a claim, whose answer another object has. */
  readonly ended: Promise<Answer | undefined>;
}

export type TokenClaim = 'free' | 'used' | 'moved';
