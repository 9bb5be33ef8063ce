/** What came of one send to the core. */
export type CoreAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly contentType: string; readonly body: string }
  /** unreachable: not even a connection came about. lost: the connection broke. deadline: no answer in time. */
  | { readonly kind: 'none'; readonly why: 'unreachable' | 'lost' | 'deadline' };
