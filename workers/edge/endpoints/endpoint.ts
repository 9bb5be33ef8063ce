import type { EdgeContext } from '../edge-context.ts';
import type { Incoming } from '../incoming.ts';

/** Named parts of the path, as they stand in it. */
export type PathParameters = Readonly<Record<string, string | undefined>>;

/** What answers one method of one path. */
export type Endpoint = (incoming: Incoming, path: PathParameters, edge: EdgeContext) => Promise<Response>;
