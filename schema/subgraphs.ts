/** The deployable services behind the gateway. The names are the subgraph names in the supergraph and the Postgres schemas. */
export const SUBGRAPHS = ['participants', 'orders', 'payments', 'aliases', 'settlement'] as const;
export type SubgraphName = (typeof SUBGRAPHS)[number];
