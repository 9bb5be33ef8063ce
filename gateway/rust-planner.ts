import type { UnifiedGraphHandler } from '@graphql-hive/gateway-runtime';
import { unifiedGraphHandler as planInRust } from '@graphql-hive/router-runtime';
import { type DocumentNode, type ExecutionResult, getOperationAST, OperationTypeNode } from 'graphql';

import { createSharedWork } from '../kernel/runtime/shared-work.ts';
import { createOperationKeys } from './equal-operations.ts';
import type { GatewayContext } from './gateway-context.ts';
import { withMergedSelections } from './merged-selections.ts';
import { isStream, mapStream } from './stream.ts';

/** Runs one operation of a plan on one subgraph. */
type OnSubgraphExecute = Parameters<UnifiedGraphHandler>[0]['onSubgraphExecute'];

/** The part of Hive's execution request that is of interest here. */
interface PlannerRequest {
  readonly document: DocumentNode;
  readonly operationName?: string;
  readonly operationType?: OperationTypeNode;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly context: GatewayContext & Partial<StepContext>;
}
type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>;
type Planner = (request: PlannerRequest) => Outcome | Promise<Outcome>;

/** What a plan's own subscription is answered with: first a stream is opened beside the plan, then each of its events takes the rest. */
type Step =
  { readonly kind: 'open'; readonly opened: (outcome: Outcome) => void } | { readonly kind: 'event'; readonly event: ExecutionResult };
const STEP = Symbol('step of a subscription');
interface StepContext {
  readonly [STEP]: Step;
}

/** To the planner, an event that has nothing for it. */
const NOTHING: ExecutionResult = { data: {} };

/**
 * Hive's planner in Rust, which hands each operation of a plan straight to `onSubgraphExecute`, past Hive's own hooks and loggers.
 *
 * Each event of a subscription runs through the plan as an operation of its own, once for all equal subscribers. Left to itself,
 * router-runtime 1.4.23 runs all events of a stream in one execution context, so that one event's errors go out with every later one
 * and its data again in place of an event that has none; test/gateway/rust-planner.test.ts has a test for each symptom.
 */
export function createRustPlanner(onSubgraphExecute: OnSubgraphExecute): UnifiedGraphHandler {
  const execute = withSteps(onSubgraphExecute as unknown as SubgraphCall); // Hive types it as generic over any context; ours knows its own.
  return async (options) => {
    const handled = await planInRust({ ...options, onSubgraphExecute: execute as unknown as OnSubgraphExecute });
    const plan = handled.executor as unknown as Planner | undefined;
    if (!plan) throw new Error('the Rust planner gave no executor');
    return { ...handled, executor: withSubscriptions(ofMergedDocuments(plan)) } as unknown as typeof handled; // As above.
  };
}

/** The same plan for documents whose lists are answered once (merged-selections.ts). A document is known by itself, so it is looked at once. */
function ofMergedDocuments(plan: Planner): Planner {
  const merged = new WeakMap<DocumentNode, DocumentNode>();
  return (request) => {
    const document = merged.get(request.document) ?? withMergedSelections(request.document);
    merged.set(request.document, document);
    return plan(document === request.document ? request : { ...request, document });
  };
}

type SubgraphCall = (subgraph: string, request: PlannerRequest) => Outcome | Promise<Outcome>;

/** Answers a plan's own subscription as its step says. Whatever else the plan asks for goes to the subgraphs. */
function withSteps(call: SubgraphCall): SubgraphCall {
  return async (subgraph, request) => {
    const step = request.context[STEP];
    if (!step || request.operationType !== OperationTypeNode.SUBSCRIPTION) return await call(subgraph, request);
    if (step.kind === 'event') return step.event;
    step.opened(await call(subgraph, request));
    return NOTHING;
  };
}

type PlanEvent = (event: ExecutionResult) => Promise<ExecutionResult>;

function withSubscriptions(plan: Planner): Planner {
  const equals = createSharedWork<PlanEvent, ExecutionResult, Promise<ExecutionResult>>();
  const keyOf = createOperationKeys();
  return async (request) => {
    const operation = getOperationAST(request.document, request.operationName);
    if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return await plan(request);
    const { outcome, planned } = await open(plan, request);
    if (!outcome) return planned;
    if (!isStream<ExecutionResult>(outcome)) return await planEvent(plan, request, outcome);
    const { document, operationName, variables, context } = request;
    const place = equals.join(keyOf({ document, operationName, variables, caller: context.caller }), () => {
      return (event) => planEvent(plan, request, event);
    });
    return mapStream(outcome, {
      change: (event) => place.of(event, () => place.shared(event)),
      over: () => place.leave(),
    });
  };
}

/** What the subgraph gives for the subscription. Without `outcome`, the plan has failed before it asked. */
async function open(plan: Planner, request: PlannerRequest): Promise<{ readonly outcome: Outcome | null; readonly planned: Outcome }> {
  let outcome: Outcome | null = null;
  const planned = await plan(atStep(request, { kind: 'open', opened: (opened) => (outcome = opened) }));
  return { outcome, planned };
}

/** The planner writes what it joins into the data that it is given, which others have as well. */
async function planEvent(plan: Planner, request: PlannerRequest, event: ExecutionResult): Promise<ExecutionResult> {
  const planned = await plan(atStep(request, { kind: 'event', event: { ...event, data: structuredClone(event.data) ?? {} } }));
  const result = planned as ExecutionResult; // An event is one result, so its plan has one.
  return { ...result, data: result.data ?? null };
}

function atStep(request: PlannerRequest, step: Step): PlannerRequest {
  return { ...request, context: { ...request.context, [STEP]: step } };
}
