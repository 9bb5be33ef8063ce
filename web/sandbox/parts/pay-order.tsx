import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { typedIn } from '../form.ts';
import { readOrderLink } from '../order-link.ts';
import { moneyText } from '../words.ts';
import { ask, messageOf, type SandboxBank } from '../world.ts';
import { Outcome, type OutcomeAnswer } from './outcome.tsx';

/** The guide's order as a bank reads it, as far as the app shows it. */
interface OrderJson {
  readonly amt: number;
  /** Whom it is paid to. */
  readonly recn: string;
  readonly prp: string;
}

type Step =
  | { readonly step: 'enter'; readonly problem: string }
  | { readonly step: 'agree'; readonly orderId: string; readonly order: OrderJson }
  | { readonly step: 'paying' }
  | { readonly step: 'done'; readonly outcome: OutcomeAnswer };

const START: Step = { step: 'enter', problem: '' };

/** Opens a link or a scanned code, shows what is asked for, and pays it or not. */
export function PayOrder({ bank, iban }: { readonly bank: SandboxBank; readonly iban: string }): JSX.Element {
  const [state, setState] = useState(START);
  const failed = (error: unknown): void => setState({ step: 'enter', problem: messageOf(error) });

  const open = (text: string): void => {
    const link = readOrderLink(text);
    if (link?.kind !== 'trade') return setState({ step: 'enter', problem: 'Це не посилання на замовлення магазину.' });
    const { orderId } = link;
    ask<OrderJson>(`/banks/${bank.guid}/look`, { orderId }).then((order) => setState({ step: 'agree', orderId, order }), failed);
  };
  const pay = (orderId: string): void => {
    setState({ step: 'paying' });
    ask<OutcomeAnswer>(`/banks/${bank.guid}/pay`, { orderId, iban }).then((outcome) => setState({ step: 'done', outcome }), failed);
  };
  useEffect(() => {
    const brought = new URLSearchParams(location.search).get('order');
    if (brought !== null) open(brought);
  }, []);

  switch (state.step) {
    case 'enter':
      return (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            open(typedIn(event.currentTarget)('link'));
          }}
        >
          <label>
            Посилання або текст QR-коду
            <input name="link" required autocomplete="off" />
          </label>
          <button type="submit">Відкрити</button>
          <p role="status">{state.problem}</p>
        </form>
      );
    case 'agree':
      return (
        <div class="agree">
          <p class="amount">{moneyText(String(Math.round(state.order.amt * 100)))}</p>
          <dl>
            <dt>Отримувач</dt>
            <dd>{state.order.recn}</dd>
            <dt>Призначення</dt>
            <dd>{state.order.prp}</dd>
          </dl>
          <button type="button" onClick={() => pay(state.orderId)}>
            Підтвердити
          </button>
          <button type="button" class="quiet" onClick={() => setState(START)}>
            Відмовитися
          </button>
        </div>
      );
    case 'paying':
      return <p role="status">Платіж надсилається…</p>;
    case 'done':
      return <Outcome outcome={state.outcome} onAgain={() => setState(START)} />;
    default:
      return state satisfies never;
  }
}
