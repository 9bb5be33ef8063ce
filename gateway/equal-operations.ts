import type { DocumentNode } from 'graphql';

import type { Caller } from '../schema/caller.ts';

export interface OperationOfCaller {
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly caller: Caller;
}

/** Gives operations the same key whose answer to the same event is the same: one document, equal variables, and the same caller. */
export function createOperationKeys(): (operation: OperationOfCaller) => string {
  const documents = new WeakMap<DocumentNode, number>();
  let last = 0;
  return ({ document, operationName, variables, caller }) => {
    let number = documents.get(document);
    if (number === undefined) {
      last += 1;
      number = last;
      documents.set(document, number);
    }
    return JSON.stringify([number, operationName ?? null, variables ?? null, caller]);
  };
}
