/** What the pages need to know of the hub and of who lives in the sandbox. */
export interface PagesWorld {
  readonly gateway: string;
  readonly edge: string;
  readonly console: string | null;
  /** By slot: the guid of a bank, the uid of a shop. */
  readonly idOf: (slot: string) => string;
  /** The hub's business time, which the sandbox can move. */
  readonly businessNow: () => Date;
  /** The credentials that GraphiQL is opened with. */
  readonly credentials: { readonly operations: string; readonly merchant: string; readonly bank: string };
}
