import type { SandboxFile } from '../../../bin/demo/sandbox-file.ts';
import type { Camera } from './camera.ts';
import type { Town } from './town.ts';

const KYIV = { locale: 'uk-UA', timezoneId: 'Europe/Kyiv' } as const;

/** The sandbox's pages, and every state of the payment page. */
export async function takeCustomers({
  camera,
  town,
  sandbox,
}: {
  readonly camera: Camera;
  readonly town: Town;
  readonly sandbox: SandboxFile;
}) {
  const home = await camera.open(sandbox.sandbox, KYIV);
  await home.waitForSelector('.cards');
  await camera.take(home, 'sandbox-home', { whole: true });
  const shop = await camera.open(`${sandbox.sandbox}/shops/bookshop`, KYIV);
  await shop.getByRole('button', { name: 'Купити' }).first().waitFor();
  await camera.take(shop, 'shop');
  await shop.getByRole('button', { name: 'Купити' }).nth(1).click();
  await shop.waitForSelector('dcm-pay[data-state=WAITING]');
  await camera.take(shop, 'shop-checkout');
  const link = await shop.getByRole('link', { name: 'Сплатити в Bank Kalyna' }).getAttribute('href');
  const app = await camera.open(sandbox.sandbox + (link ?? ''), { ...KYIV, phone: true });
  await app.getByRole('button', { name: 'Підтвердити' }).waitFor();
  await camera.take(app, 'bank-app');
  await app.getByRole('button', { name: 'Підтвердити' }).click();
  await app.waitForSelector('[data-outcome=accepted]');
  await shop.waitForSelector('dcm-pay[data-state=PAID]');
  await camera.take(shop, 'shop-paid');
  await takePaymentPage({ camera, town, sandbox });
  for (const page of [home, shop, app]) await page.context().close();
}

async function takePaymentPage({ camera, town, sandbox }: { readonly camera: Camera; readonly town: Town; readonly sandbox: SandboxFile }) {
  const wanted = { amountMinor: '48550', purpose: 'Дві колонки' };
  const pay = (orderId: string): string => `${sandbox.edge}/pay/${orderId}`;
  const waiting = pay(await town.order(wanted));
  for (const [name, options] of [
    ['payment-page', KYIV],
    ['payment-page-dark', { ...KYIV, colorScheme: 'dark' }],
    ['payment-page-english', { ...KYIV, locale: 'en-GB' }],
    ['payment-page-phone', { ...KYIV, phone: true }],
    ['payment-page-phone-dark', { ...KYIV, phone: true, colorScheme: 'dark' }],
  ] as const) {
    const page = await camera.open(waiting, options);
    await page.waitForSelector('html[data-ready]');
    await camera.take(page, name);
    await page.context().close();
  }
  for (const [state, callback, behave] of [
    ['IN_PROGRESS', 'pay-in', 'hang'],
    ['PAID', 'pay-in', 'accept'],
    ['REJECTED', 'pay-in', 'refuse'],
  ] as const) {
    const orderId = await town.order(wanted);
    const page = await camera.open(pay(orderId), KYIV);
    await page.waitForSelector('html[data-ready]');
    await town.behave('receiver', { callback, behave, times: 1 });
    await town.pay(orderId);
    await page.waitForSelector(`main[data-state=${state}]`);
    await camera.take(page, `payment-page-${state.toLowerCase().replace('_', '-')}`);
    await page.context().close();
  }
}

/** The last state: the hub's time moves on, and does not come back. */
export async function takeExpired({
  camera,
  town,
  sandbox,
}: {
  readonly camera: Camera;
  readonly town: Town;
  readonly sandbox: SandboxFile;
}) {
  const page = await camera.open(`${sandbox.edge}/pay/${await town.order({ lifetimeMs: 16 * 60_000 })}`, KYIV);
  await page.waitForSelector('html[data-ready]');
  await town.advance(17 * 60_000);
  await page.waitForSelector('main[data-state=EXPIRED]');
  await camera.take(page, 'payment-page-expired');
  await page.context().close();
}
