import { refusal, type Answer } from '../answer.ts';
import type { InboxStore, UsedToken } from './inbox-store.ts';

/**
 * One use of one header token of one participant, for all endpoints. The same request again gets the same answer byte for byte, while
 * the first is still running too; another request under the token is refused.
 */
export class ReplayGuard {
  readonly #store: InboxStore;
  readonly #running = new Map<string, { readonly requestHash: string; readonly answer: Promise<Answer> }>();

  constructor(store: InboxStore) {
    this.#store = store;
  }

  /**
   * Runs `work` unless the token was used. `work` stores the token and its answer; when it leaves the answer out, the request may be
   * sent again and runs again.
   */
  async once(token: UsedToken, work: () => Promise<Answer>): Promise<Answer> {
    const running = this.#running.get(token.jti);
    if (running) return running.requestHash === token.requestHash ? running.answer : refusal('TOKEN_REPLAYED');
    const used = this.#store.usedToken(token.jti);
    if (used && used.requestHash !== token.requestHash) return refusal('TOKEN_REPLAYED');
    if (used?.answer) return used.answer;
    const answer = work();
    this.#running.set(token.jti, { requestHash: token.requestHash, answer });
    try {
      return await answer;
    } finally {
      this.#running.delete(token.jti);
    }
  }
}
