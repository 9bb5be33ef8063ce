import type { GatewayPlugin } from '@graphql-hive/gateway-runtime';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  parse,
} from 'graphql';

import { requestError } from '../kernel/runtime/graphql/errors.ts';
import { scopesOf } from '../schema/scopes.ts';
import { type FieldScopes, readFieldScopes, satisfies } from './access/field-scopes.ts';
import { createNodeResolution, type NodeResolution } from './access/node-field.ts';
import { type ScopedField, scopedFieldsOf } from './access/required-scopes.ts';
import type { BrowserDocuments } from './browser-documents.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { CostBudgets } from './limits/cost-budget.ts';
import { DOCUMENT_CHARACTERS_MAX, OPERATION_COST_MIN, TOKENS_MAX } from './limits/limits.ts';
import { overLimit, rateLimited } from './limits/operation-limits.ts';
import { measureOperation, type OperationShape } from './limits/operation-shape.ts';
import { isStream } from './stream.ts';

export interface OperationGuardOptions {
  readonly supergraph: string;
  readonly budgets: CostBudgets;
  readonly browserDocuments: BrowserDocuments;
  /** False where a browser key may run any document, as in the sandbox. */
  readonly browsersAreHeldToThem: boolean;
}

/** What is known of an operation of a document, found once for all of its requests. */
interface Examined {
  readonly shape: OperationShape;
  readonly scoped: readonly ScopedField[];
}

const NOT_FOR_BROWSERS = 'A browser key runs only documents that the hub knows.';

/** The very text that is no operation of anybody: what goes on instead of one that was refused. */
const NOTHING = { query: '{__typename}' };

/**
 * Looks at every operation before anything of it runs, whatever it came over: its length, what its credential may ask for, its limits,
 * and the budget of its key, which the answer reports in `extensions.cost`. Costs nothing but look-ups once a document is known.
 */
export function guardOperations({
  supergraph,
  budgets,
  browserDocuments,
  browsersAreHeldToThem,
}: OperationGuardOptions): GatewayPlugin<GatewayContext> {
  const examine = createExaminer(readFieldScopes(supergraph));
  const nodesOf = createNodeResolutions();

  function admit({ document, operationName, schema, variableValues }: ExecutionArgs, context: GatewayContext): Admission {
    const operation = getOperationAST(document, operationName);
    if (!operation) return { refused: requestError('BAD_USER_INPUT', 'Name one operation of the document.'), cost: null };
    const { shape, scoped } = examine({ document, operationName, schema });
    const foreign = beyondScopes(scoped, context);
    if (foreign) return { refused: foreign, cost: null };
    const variables: unknown = variableValues;
    const cost = OPERATION_COST_MIN + shape.cost(variables as Readonly<Record<string, unknown>> | null | undefined); // Checked to be an object.
    const refused = overLimit(shape, cost, variables as Readonly<Record<string, unknown>> | null | undefined);
    if (refused) return { refused, cost: null };
    const charge = budgets.charge(context.budgetKey, cost - OPERATION_COST_MIN);
    return charge.ok
      ? { refused: null, cost: { requested: cost, remaining: charge.remaining, limit: budgets.settings.pointsMax } }
      : { refused: rateLimited(charge), cost: null };
  }

  return {
    onParams({ params, setParams, setResult, context }) {
      const { budgetKey, caller } = context as unknown as GatewayContext; // The hosts put it there; the hook's type does not know them.
      const refuse = (error: GraphQLError) => {
        setParams(NOTHING);
        setResult({ errors: [error] });
      };
      const charge = budgets.charge(budgetKey, OPERATION_COST_MIN);
      if (!charge.ok) return refuse(rateLimited(charge));
      const { query } = params;
      if (typeof query === 'string' && query.length > DOCUMENT_CHARACTERS_MAX) return refuse(tooLong());
      const isHeld = browsersAreHeldToThem && caller.kind === 'customer';
      if (isHeld && !browserDocuments.has(query ?? '')) refuse(requestError('PERSISTED_DOCUMENT_REQUIRED', NOT_FOR_BROWSERS));
    },
    onParse({ setParseFn }) {
      setParseFn((source, options) => parseWithin(source, options));
    },
    onExecute({ args, context, setResultAndStopExecution }) {
      args.document = nodesOf(args);
      const { refused, cost } = admit(args, context as unknown as GatewayContext); // As above.
      if (refused) return setResultAndStopExecution({ errors: [refused] });
      if (!cost) return;
      return {
        onExecuteDone({ result, setResult }) {
          if (isStream<ExecutionResult>(result)) return;
          const { extensions } = result as ExecutionResult; // A result is one or the other.
          setResult({ ...result, extensions: { ...extensions, cost } });
        },
      };
    },
    onSubscribe({ args, context, setResultAndStopExecution }) {
      const known = context as unknown as GatewayContext; // As above.
      const refused = known.takesStream ? admit(args, known).refused : notAStream();
      if (refused) setResultAndStopExecution({ errors: [refused] });
    },
  };
}

interface Admission {
  readonly refused: GraphQLError | null;
  readonly cost: { readonly requested: number; readonly remaining: number; readonly limit: number } | null;
}

function beyondScopes(scoped: readonly ScopedField[], { caller }: GatewayContext): GraphQLError | null {
  if (scoped.length === 0) return null;
  const scopes = scopesOf(caller);
  const missing = scoped.find(({ requirement }) => !satisfies(requirement, scopes));
  if (!missing) return null;
  const { coordinate, requirement } = missing;
  return caller.kind === 'anonymous'
    ? requestError('UNAUTHENTICATED', `${coordinate} needs a credential.`)
    : requestError('FORBIDDEN', `This credential is not for ${coordinate}.`, { scopes: requirement });
}

function parseWithin(source: Parameters<typeof parse>[0], options: Parameters<typeof parse>[1]): DocumentNode {
  try {
    return parse(source, { ...options, maxTokens: TOKENS_MAX });
  } catch (error) {
    // graphql-js has no code of its own for this.
    if (error instanceof GraphQLError && error.message.includes(`more that ${TOKENS_MAX} tokens`)) throw tooLong();
    throw error;
  }
}

function tooLong(): GraphQLError {
  return requestError('OPERATION_TOO_LONG', `At most ${TOKENS_MAX} tokens and ${DOCUMENT_CHARACTERS_MAX} characters.`);
}

/** Without this the stream would be opened, found to fit no media type, and left open. */
function notAStream(): GraphQLError {
  return requestError('BAD_REQUEST', 'A subscription is answered to whoever accepts text/event-stream.', { http: { status: 406 } });
}

/** One resolution of `node` for each schema that the gateway has had. */
function createNodeResolutions() {
  const resolutions = new WeakMap<GraphQLSchema, NodeResolution>();
  return ({ document, variableValues, schema }: Pick<ExecutionArgs, 'document' | 'variableValues' | 'schema'>): DocumentNode => {
    const resolve = resolutions.get(schema) ?? createNodeResolution(schema);
    resolutions.set(schema, resolve);
    return resolve(document, variableValues);
  };
}

/** The same document object comes with every request of one text: the gateway remembers what it has parsed. */
function createExaminer(scopes: FieldScopes) {
  const examined = new WeakMap<DocumentNode, Map<string | null | undefined, Examined>>();
  return ({
    document,
    operationName,
    schema,
  }: {
    document: DocumentNode;
    operationName?: string | null | undefined;
    schema: GraphQLSchema;
  }): Examined => {
    const ofDocument = examined.get(document) ?? new Map<string | null | undefined, Examined>();
    examined.set(document, ofDocument);
    const known = ofDocument.get(operationName);
    if (known) return known;
    const operation = getOperationAST(document, operationName);
    if (!operation) throw new Error('an operation was examined that the document does not have');
    const found = { shape: measureOperation(document, operation, schema), scoped: scopedFieldsOf(document, schema, scopes) };
    ofDocument.set(operationName, found);
    return found;
  };
}
