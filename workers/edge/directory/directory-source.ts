import { EMPTY_DIRECTORY, type DirectorySnapshot } from '../../../schema/directory.ts';
import { inJurisdiction, type EdgeSettings } from '../settings.ts';
import type { NewerSnapshot } from './directory-cache.ts';
import { DirectoryView } from './directory-view.ts';

/** How long an isolate uses its copy without asking. Milliseconds. */
const FRESH_MS = 1000;
/** How long it uses its copy while another request is asking already. After that every request waits for an answer. Milliseconds. */
const FRESH_ENOUGH_MS = 2000;
const OBJECT_NAME = 'directory';

/**
 * The directory as one isolate holds it. Requests share the copy and never a promise: in workerd a request may not wait for the I/O of
 * another.
 */
export class DirectorySource {
  readonly #jurisdiction: EdgeSettings['jurisdiction'];
  #view = new DirectoryView(EMPTY_DIRECTORY);
  /** When the answer was asked for that the copy is of. */
  #heardAt = 0;
  #asking = 0;

  constructor(jurisdiction: EdgeSettings['jurisdiction']) {
    this.#jurisdiction = jurisdiction;
  }

  async current(env: Env): Promise<DirectoryView> {
    const now = Date.now();
    const isFresh = now - this.#heardAt < (this.#asking > 0 ? FRESH_ENOUGH_MS : FRESH_MS);
    if (isFresh && this.#view.version > 0) return this.#view;
    this.#asking++;
    try {
      const newer = await this.#cache(env).newerThan(this.#view.version);
      this.#heardAt = Math.max(this.#heardAt, now);
      return this.#take(newer);
    } finally {
      this.#asking--;
    }
  }

  /** For a request whose key is not in the copy. At most one pull a second reaches the core, however many such requests come. */
  async refreshed(env: Env): Promise<DirectoryView> {
    return this.#take(await this.#cache(env).refreshed(this.#view.version));
  }

  #cache(env: Env) {
    const namespace = inJurisdiction(env.DIRECTORY_CACHE, this.#jurisdiction);
    return namespace.get(namespace.idFromName(OBJECT_NAME));
  }

  #take(newer: NewerSnapshot): DirectoryView {
    if (newer === null) return this.#view;
    const snapshot = JSON.parse(newer) as DirectorySnapshot; // Checked by the object that verified its signature.
    if (snapshot.version > this.#view.version) this.#view = new DirectoryView(snapshot, this.#view);
    return this.#view;
  }
}
