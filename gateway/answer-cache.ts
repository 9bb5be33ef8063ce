export interface AnswerCache<Answer> {
  get(key: string): Promise<Answer | null>;
  /** What was remembered may be wrong from now on: everything is asked anew, also what is being asked at this moment. */
  forget(): void;
}

/**
 * Remembers answers for a while, at most `entriesMax` of them (the oldest goes first), and asks once when several want the same one at
 * the same moment. `null` and failures are not kept: what is unknown now may be made the next second, and guesses must not push real
 * answers out.
 */
export function createAnswerCache<Answer>(options: {
  readonly ttlMs: number;
  readonly entriesMax: number;
  readonly now: () => number;
  readonly ask: (key: string) => Promise<Answer | null>;
}): AnswerCache<Answer> {
  const answers = new Map<string, { readonly answer: Answer; readonly until: number }>();
  const asking = new Map<string, Promise<Answer | null>>();
  let age = 0;

  async function ask(key: string): Promise<Answer | null> {
    const askedIn = age;
    try {
      const askedAt = options.now();
      const answer = await options.ask(key);
      if (askedIn !== age) return answer;
      answers.delete(key);
      if (answer !== null) answers.set(key, { answer, until: askedAt + options.ttlMs });
      const oldest = answers.size > options.entriesMax ? answers.keys().next() : undefined;
      if (oldest?.value !== undefined) answers.delete(oldest.value);
      return answer;
    } finally {
      if (askedIn === age) asking.delete(key);
    }
  }

  return {
    async get(key) {
      const kept = answers.get(key);
      if (kept && kept.until > options.now()) return kept.answer;
      let question = asking.get(key);
      if (!question) {
        question = ask(key);
        asking.set(key, question);
      }
      return question;
    },
    forget() {
      age += 1;
      answers.clear();
      asking.clear();
    },
  };
}
