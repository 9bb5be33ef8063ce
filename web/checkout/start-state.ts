import type { PayingBank, PaymentPageView } from '../../schema/payment-page.ts';
import type { Language } from './words.ts';

/** What the server tells the script of the page. The code's modules are in the document already. */
export interface StartState {
  readonly view: PaymentPageView;
  readonly banks: readonly PayingBank[];
  readonly language: Language;
  readonly brand: string;
  readonly gatewayUrl: string | null;
  readonly token: string | null;
}
