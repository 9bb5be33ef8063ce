/** What the sandbox tells its pages about who lives in it (`GET /world`). */
export interface SandboxWorld {
  readonly gateway: string;
  readonly edge: string;
  readonly console: string | null;
  /** The hub's business time when this was asked. */
  readonly now: string;
  readonly banks: readonly SandboxBank[];
  readonly shops: readonly SandboxShop[];
}

export interface SandboxBank {
  readonly slot: string;
  readonly guid: string;
  readonly name: string;
  readonly appScheme: string;
  readonly people: readonly { readonly name: string; readonly phone: string; readonly iban: string }[];
}

export interface SandboxShop {
  readonly slot: string;
  readonly uid: string;
  readonly name: string;
  readonly goods: readonly ShopGood[];
}

export interface ShopGood {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly priceMinor: string;
}

/** An entry of an actor's history, as far as the pages show it. */
export interface HistoryEntry {
  readonly n: number;
  readonly at: string;
  readonly direction: 'in' | 'out';
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly answered: string;
  readonly body: { readonly callback_type?: string; readonly status?: string } | null;
}

/** Asks the sandbox. Throws with its words when it refuses. */
export async function ask<Answer>(path: string, body?: object): Promise<Answer> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, body === undefined ? { cache: 'no-store' } : post);
  const said = (await response.json().catch(() => null)) as { error?: string; message?: string } | null;
  if (!response.ok) throw new Error(said?.error ?? said?.message ?? `the sandbox answered ${response.status}`);
  return said as Answer; // The sandbox of the same version.
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
