import { mayReadMessage } from '../app/visibility.ts';
import type { MessageView } from '../app/payment-reads.ts';
import type { MessageMode } from '../app/ports.ts';
import type { PaymentsBuilder } from './builder.ts';
import type { PaymentRefs } from './payment.ts';

const MODE_NAMES = { answer: 'ANSWERED', promised: 'PROMISED', refused: 'REFUSED' } as const satisfies Record<MessageMode, string>;

/** What was received of a payment: the field of a payment, for its sender and operations. */
export function addPaymentMessage(builder: PaymentsBuilder, { payment }: PaymentRefs): void {
  const mode = builder.enumType('PaymentMessageMode', {
    description:
      'How a payment message was handed over. With its answer the edge gave a signed receipt, or in p2p a signed answer, which the sender keeps.',
    values: {
      ANSWERED: { description: 'Its sender waited for the answer: 200, or 202 where it came too late.' },
      PROMISED: { description: 'The edge had promised it with a 202.' },
      REFUSED: { description: 'The edge had promised it with a 202, and operations refused it.' },
    } satisfies Record<(typeof MODE_NAMES)[MessageMode], object>,
  });
  const message = builder.objectRef<MessageView>('PaymentMessage').implement({
    description: 'A payment message as its bank sent it.',
    fields: (t) => ({
      text: t.exposeString('text', {
        nullable: true,
        description: 'The body as it was received: a compact JWS, or `{"jwt": …}` with one. Null when its retention is over.',
      }),
      sha256: t.exposeString('sha256', { description: 'SHA-256 of the body, base64url. It stays.' }),
      kid: t.exposeString('kid', { description: 'The key that signed it.' }),
      receivedAt: t.expose('receivedAt', { type: 'DateTime', description: 'When the edge had read it: the key had to be good then.' }),
      mode: t.field({
        type: mode,
        nullable: true,
        description: 'How it was handed over; null for what was received before that was kept.',
        resolve: (row) => (row.mode === null ? null : MODE_NAMES[row.mode]),
      }),
    }),
  });
  builder.objectField(payment, 'message', (t) =>
    t.field({
      type: message,
      nullable: true,
      requiresScopes: [['payments:read']],
      description: 'The payment message itself, accounts included: for the bank that sent it, and for operations. Null for everyone else.',
      resolve: (row, _args, { load, caller }) => (mayReadMessage(caller, row) ? load.messageOfPayment(row.guid) : null),
    }),
  );
}
