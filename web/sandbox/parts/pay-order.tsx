import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { typedIn } from '../form.ts';
import type { AppWords } from '../app-words.ts';
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
export function PayOrder(o: { readonly bank: SandboxBank; readonly iban: string; readonly words: AppWords }): JSX.Element {
  const { bank, iban, words } = o;
  const [state, setState] = useState(START);
  const failed = (error: unknown): void => setState({ step: 'enter', problem: messageOf(error) });

  const open = (text: string): void => {
    const link = readOrderLink(text);
    if (link?.kind !== 'trade') return setState({ step: 'enter', problem: words.pay.notAnOrder });
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
            {words.pay.link}
            <input name="link" required autocomplete="off" />
          </label>
          <button type="submit">{words.pay.open}</button>
          <p role="status">{state.problem}</p>
        </form>
      );
    case 'agree':
      return (
        <div class="agree">
          <p class="amount">{moneyText(String(Math.round(state.order.amt * 100)), words.language)}</p>
          <dl>
            <dt>{words.pay.payee}</dt>
            <dd>{state.order.recn}</dd>
            <dt>{words.pay.purpose}</dt>
            <dd>{state.order.prp}</dd>
          </dl>
          <button type="button" onClick={() => pay(state.orderId)}>
            {words.pay.confirm}
          </button>
          <button type="button" class="quiet" onClick={() => setState(START)}>
            {words.pay.decline}
          </button>
        </div>
      );
    case 'paying':
      return <p role="status">{words.pay.paying}</p>;
    case 'done':
      return <Outcome outcome={state.outcome} words={words} onAgain={() => setState(START)} />;
    default:
      return state satisfies never;
  }
}
