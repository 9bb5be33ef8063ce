/** Who is signed in. `ended`: the credential was refused or is about to end, and a new one is waited for while the page stays as it is. */
export interface SessionState {
  readonly credential: string | null;
  readonly ended: boolean;
}

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

const STORED_AS = 'console.credential';

/** The credential of this tab. It is kept for the tab alone, goes nowhere but into the Authorization header, and is gone with the tab. */
export class SessionStore {
  readonly #storage: Storage;
  readonly #listeners = new Set<() => void>();
  #waiting: (() => void)[] = [];
  #state: SessionState;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#state = { credential: storage.getItem(STORED_AS), ended: false };
  }

  readonly state = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  signIn(credential: string): void {
    this.#storage.setItem(STORED_AS, credential);
    this.#become({ credential, ended: false });
    for (const go of this.#waiting.splice(0)) go();
  }

  signOut(): void {
    this.#storage.removeItem(STORED_AS);
    this.#become({ credential: null, ended: false });
    this.#waiting = [];
  }

  /** Asks for a new credential and resolves when it is there. Whoever waits goes on where it was. */
  renewed(): Promise<void> {
    this.#become({ ...this.#state, ended: true });
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #become(state: SessionState): void {
    if (state.credential === this.#state.credential && state.ended === this.#state.ended) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
