import { IDEMPOTENCY_KEY_DESCRIPTION, mutationPayload } from '../../../kernel/runtime/graphql/mutation-payload.ts';
import type { CallbackTestResult, CallbackTestRun } from '../app/callback-test.ts';
import { testCallbacks } from '../app/test-callbacks.ts';
import { mayManage } from '../app/visibility.ts';
import { callbackTestState, type CallbackTestState, type TestedRoute } from '../domain/callback-test.ts';
import type { ParticipantsBuilder, ParticipantsContext } from './builder.ts';
import { CALLBACK_TEST_ADVICE } from './callback-test-advice.ts';
import { payloadOf, type ChangedThing } from './payload.ts';

const VARIANTS = {
  GOOD: { description: 'Genuine and fresh. Expected: 2xx.' },
  DUPLICATE: {
    description: 'The body of GOOD again, byte for byte, under a new header token. Expected: the same status and body as to GOOD.',
  },
  LATE: { description: 'Issued a quarter of an hour ago. Expected: 401.' },
  FORGED: { description: 'Signed with a key that is not the hub’s, under its kid. Expected: 401.' },
} satisfies Record<CallbackTestResult['variant'], object>;

const FINDINGS = {
  AS_EXPECTED: { description: 'It passed.' },
  NOT_SENT: { description: 'Not tried: what it repeats was not accepted.' },
  ADDRESS_REFUSED: { description: 'The hub may not connect to this address.' },
  CONNECTION: { description: 'The connection could not be made, or was cut.' },
  TIMEOUT: { description: 'No answer came in time.' },
  UNCLEAR: { description: 'The answer is one behind which the hub would come again: 3xx, 5xx, 408, 425, 429.' },
  NOT_BELIEVED: { description: 'A genuine callback was answered with 401.' },
  REFUSED: { description: 'A genuine callback was refused for another reason.' },
  REPEAT_REFUSED: { description: 'The repetition was refused.' },
  REPEAT_ANSWERED_OTHERWISE: { description: 'The repetition was accepted with another answer.' },
  LATE_ACCEPTED: { description: 'A callback that is not fresh any more was accepted.' },
  FORGED_ACCEPTED: { description: 'A callback that the hub did not sign was accepted.' },
  REFUSED_OTHERWISE: { description: 'It was refused, but not with 401.' },
} satisfies Record<CallbackTestResult['finding'], object>;

const ROUTES = {
  PAY_IN: { value: 'payIn', description: 'routes.payIn' },
  PAY_OUT: { value: 'payOut', description: 'routes.payOut' },
  CREDIT: { value: 'credit', description: 'routes.credit' },
  PAY_REQUEST: { value: 'payRequest', description: 'routes.payRequest' },
  ALIAS_UPDATED: { value: 'aliasUpdated', description: 'routes.aliasUpdated' },
  LINK_CREDITOR: { value: 'linkCreditor', description: 'routes.linkCreditor' },
  GROSS_SETTLEMENT: { value: 'grossSettlement', description: 'routes.grossSettlement' },
  RETURN_REQUEST: { value: 'returnRequest', description: 'routes.returnRequest' },
} as const satisfies Record<string, { value: TestedRoute; description: string }>;

const ORDER = Object.keys(VARIANTS);

/** The last test of a participant's callback address, and the mutation that makes one. */
export function addCallbackTest(builder: ParticipantsBuilder) {
  const result = addResult(builder);
  const state = builder.enumType('CallbackTestState', {
    description: 'How far a run is.',
    values: {
      RUNNING: { description: 'Answers are still waited for.' },
      ENDED: { description: 'All of it is there.' },
      LOST: { description: 'The hub was stopped in the middle of it: test again.' },
    } satisfies Record<CallbackTestState, object>,
  });
  const route = builder.enumType('CallbackTestRoute', {
    description: 'An address of a bank, by its place in `BankRoutes`.',
    values: ROUTES,
  });
  const type = builder.objectRef<CallbackTestRun>('CallbackTest').implement({
    description: 'A run of test callbacks to one address of a participant. Nothing of it is about money.',
    fields: (t) => ({
      testGuid: t.exposeString('guid', { description: 'Names the run: `test_guid` of its callbacks.' }),
      state: t.field({
        type: state,
        description: 'How far it is.',
        resolve: (run, _args, { participants }) => callbackTestState(run, participants.now()),
      }),
      route: t.field({
        type: route,
        nullable: true,
        description: 'Which address of a bank. Null for a merchant.',
        resolve: ({ address }) => address.route,
      }),
      address: t.string({ description: 'Where the callbacks went.', resolve: ({ address }) => address.url }),
      byOperations: t.boolean({
        description: 'Whether operations asked for it, and not the participant.',
        resolve: ({ startedBy }) => startedBy === 'OPERATIONS',
      }),
      startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
      endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true, description: 'When the last answer was there.' }),
      passed: t.boolean({
        description: 'Whether all of it passed.',
        resolve: ({ endedAt, results }) => endedAt !== null && results.every(hasPassed),
      }),
      results: t.field({
        type: [result],
        description: 'What is there of it, in the order GOOD, DUPLICATE, LATE, FORGED.',
        resolve: ({ results }) => results.toSorted((a, b) => ORDER.indexOf(a.variant) - ORDER.indexOf(b.variant)),
      }),
    }),
  });
  addMutation(builder, { type, route });
  return type;
}

/** One callback of a run. */
function addResult(builder: ParticipantsBuilder) {
  const variant = builder.enumType('CallbackTestVariant', { description: 'What is sent, and what is expected.', values: VARIANTS });
  const finding = builder.enumType('CallbackTestFinding', { description: 'What an answer says about its receiver.', values: FINDINGS });
  return builder.objectRef<CallbackTestResult>('CallbackTestResult').implement({
    description: 'One callback of a run, and what was answered.',
    fields: (t) => ({
      variant: t.field({ type: variant, description: 'Which it is.', resolve: (parent) => parent.variant }),
      passed: t.boolean({ description: 'Whether the answer is as expected.', resolve: hasPassed }),
      finding: t.field({ type: finding, description: 'What the answer says, for programs.', resolve: (parent) => parent.finding }),
      advice: t.string({
        description: 'What to do next, for people. May change.',
        resolve: (parent) => CALLBACK_TEST_ADVICE[parent.finding],
      }),
      headerToken: t.string({
        nullable: true,
        description: 'The value of `Cx-Authorization` as it was sent. Null: it was not sent.',
        resolve: ({ sent }) => sent?.headerToken ?? null,
      }),
      body: t.string({
        nullable: true,
        description: 'The body as it was sent. Null: it was not sent.',
        resolve: ({ sent }) => sent?.body ?? null,
      }),
      status: t.int({
        nullable: true,
        description: 'The HTTP status of the answer. Null: none came.',
        resolve: ({ answer }) => answer?.status ?? null,
      }),
      answer: t.string({ nullable: true, description: 'The first KiB of its body.', resolve: ({ answer }) => answer?.text ?? null }),
      answerIsCut: t.boolean({ description: 'Whether the body went on.', resolve: ({ answer }) => answer?.isCut ?? false }),
      durationMs: t.exposeInt('durationMs', { description: 'From the sending to the end of the answer, or of the waiting.' }),
    }),
  });
}

export type CallbackTestRef = ReturnType<typeof addCallbackTest>;

const hasPassed = ({ finding }: CallbackTestResult): boolean => finding === 'AS_EXPECTED';

/** The field of a bank and of a merchant: both keep their last test to themselves and operations. */
export async function lastCallbackTest(participantId: string, context: ParticipantsContext): Promise<CallbackTestRun | null> {
  return mayManage(context.caller, participantId) ? context.loadCallbackTest(participantId) : null;
}

type TestedThing = ChangedThing & { readonly participantId: string };

function addMutation(
  builder: ParticipantsBuilder,
  { type, route }: { readonly type: CallbackTestRef; readonly route: PothosSchemaTypes.EnumRef<never, TestedRoute> },
): void {
  const input = builder.inputType('CallbackTestInput', {
    description: 'Whose callback address to test.',
    fields: (t) => ({
      participantId: t.string({ required: true, description: "The bank's guid or the merchant's uid." }),
      route: t.field({ type: route, description: 'Which address of a bank. Without it the first that it has; a merchant has one.' }),
      idempotencyKey: t.string({ required: true, description: IDEMPOTENCY_KEY_DESCRIPTION }),
    }),
  });
  const payload = mutationPayload<TestedThing, ParticipantsContext>(builder, 'CallbackTest', (t) => ({
    callbackTest: t.field({
      type,
      nullable: true,
      description: 'The run, as far as it is. Null in a replay when another run has followed it.',
      async resolve({ id, participantId }, _args, context) {
        const last = id === null ? null : await lastCallbackTest(participantId, context);
        return last?.guid === id ? last : null;
      },
    }),
  }));
  builder.mutationField('callbackTest', (t) =>
    t.field({
      type: payload,
      requiresScopes: [['participants:write'], ['callbacks:test']],
      description:
        'Sends test callbacks to an address of a participant (genuine, repeated, late and forged) and reports what it answered. A participant tests itself, operations everybody; one run at a time, and ten seconds between two. Answers within seconds: a run whose receiver is slow goes on as RUNNING, and `lastCallbackTest` has its end.',
      args: { input: t.arg({ type: input, required: true, description: 'Whose.' }) },
      async resolve(_root, { input: { participantId, route: wish, idempotencyKey } }, { participants, caller }) {
        const outcome = await testCallbacks(participants, caller, { participantId, route: wish ?? null, idempotencyKey });
        return { ...payloadOf(outcome), participantId };
      },
    }),
  );
}
