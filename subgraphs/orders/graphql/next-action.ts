import type { ParticipantRefs } from '../../../kernel/runtime/graphql/participant-refs.ts';
import { nextActionOf, type NextAction } from '../app/order-links.ts';
import type { OrdersBuilder, OrdersContext } from './builder.ts';

type ActionOf<Kind extends NextAction['kind']> = Extract<NextAction, { readonly kind: Kind }>;

/** What a checkout does next, as data (a union, so that new steps can be added). */
export function addNextAction(builder: OrdersBuilder, { bank }: ParticipantRefs<OrdersContext>) {
  const device = builder.enumType('Device', {
    description: 'Where the customer looks at the checkout.',
    values: {
      DESKTOP: { description: 'A screen that a phone can scan.' },
      MOBILE: { description: 'The phone that also has the bank’s app.' },
    },
  });
  const showQr = builder.objectRef<ActionOf<'SHOW_QR'>>('ShowQr').implement({
    description: 'Show the QR code; the customer scans it with the bank’s app.',
    fields: (t) => ({
      payload: t.string({ description: 'What the QR code says, for whoever draws it.', resolve: ({ links }) => links.qr }),
      svgUrl: t.string({ description: 'The QR code as SVG.', resolve: ({ links }) => links.svgUrl }),
      pngUrl: t.string({ description: 'The QR code as PNG.', resolve: ({ links }) => links.pngUrl }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When the order expires.' }),
    }),
  });
  const openDeepLink = builder.objectRef<ActionOf<'OPEN_DEEP_LINK'>>('OpenDeepLink').implement({
    description: 'Open this address on the phone: the bank’s app, or the page where the customer chooses one.',
    fields: (t) => ({
      url: t.exposeString('url', { description: 'The address.' }),
      bank: t.field({
        type: bank,
        nullable: true,
        description: 'The bank whose app it opens; null while none is chosen.',
        resolve: () => null,
      }),
    }),
  });
  const redirect = builder.objectRef<ActionOf<'REDIRECT'>>('Redirect').implement({
    description: 'The order has ended: send the customer back to the merchant.',
    fields: (t) => ({ url: t.exposeString('url', { description: 'The merchant’s address, as the order named it.' }) }),
  });
  const wait = builder.objectRef<ActionOf<'WAIT'>>('Wait').implement({
    description: 'A payment is being processed: nothing to do for the customer.',
    fields: (t) => ({
      pollAfterMs: t.exposeInt('pollAfterMs', { description: 'Without a stream, ask again after so many milliseconds.' }),
    }),
  });
  const names: Record<NextAction['kind'], string> = {
    SHOW_QR: 'ShowQr',
    OPEN_DEEP_LINK: 'OpenDeepLink',
    REDIRECT: 'Redirect',
    WAIT: 'Wait',
  };
  const nextAction = builder.unionType('NextAction', {
    description: 'What the checkout does next.',
    types: [showQr, openDeepLink, redirect, wait],
    resolveType: (action) => names[action.kind],
  });
  return { nextAction, device, nextActionOf };
}
