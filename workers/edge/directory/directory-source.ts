import { EMPTY_DIRECTORY, type DirectorySnapshot } from '../../../schema/directory.ts';
import { inJurisdiction, type EdgeSettings } from '../settings.ts';
import type { NewerSnapshot } from './directory-cache.ts';
import { DirectoryView } from './directory-view.ts';

/** How long an isolate uses its copy without asking. Milliseconds. */
const FRESH_MS = 1000;
const OBJECT_NAME = 'directory';

/**
 * The directory as one isolate holds it. Requests share the copy and never a promise: in workerd a request may not wait for the I/O of
 * another.
 */
export class DirectorySource {
  readonly #jurisdiction: EdgeSettings['jurisdiction'];
  #view = new DirectoryView(EMPTY_DIRECTORY);
  #askedAt = 0;

  constructor(jurisdiction: EdgeSettings['jurisdiction']) {
    this.#jurisdiction = jurisdiction;
  }

  async current(env: Env): Promise<DirectoryView> {
    const now = Date.now();
    if (now - this.#askedAt < FRESH_MS && this.#view.version > 0) return this.#view;
    this.#askedAt = now; // Others go on with what is there while this request asks.
    return this.#take(await this.#cache(env).newerThan(this.#view.version));
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
