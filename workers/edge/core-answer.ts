/** What came of one send to the core. */
export type CoreAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly contentType: string; readonly body: string }
  /** `reached` is false when not even a connection came about. */
  | { readonly kind: 'none'; readonly reached: boolean };
