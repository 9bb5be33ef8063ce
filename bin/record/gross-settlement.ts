import { grossSettlementPath } from '../../protocol/gross-settlement.ts';
import type { HeardMessage, Recorder } from './recorder.ts';
import { beginNextDay, buyAtTheShop, closeDay } from './settlement-days.ts';

const CALLBACK_TYPE = 'gross-settlement';

/** A day with one payment of a pair: the paying bank hears of its register, reads it, pays it over its rails and says so. */
export async function recordGrossSettlement(recorder: Recorder): Promise<void> {
  const { payer } = recorder;
  const day = await beginNextDay(recorder);
  await buyAtTheShop(recorder, { payer, amountMinor: '57645' });
  await closeDay(recorder, day);
  const isRegister = ({ direction, request }: HeardMessage): boolean =>
    direction === 'in' && request['callback_type'] === CALLBACK_TYPE && request['period_end'] === day && request['payments_total'] === 1;
  const { request: register } = await recorder.heard('callback', payer, isRegister);
  const path = `${grossSettlementPath(payer.guid)}/pay/${String(register['id'])}`;
  await recorder.heard('pay', payer, (message) => message.direction === 'out' && message.path === path);
  await recorder.heard('confirm', payer, (message) => message.direction === 'out' && message.path === `${path}/confirm`);
  await recorder.send('register', payer, {
    method: 'GET',
    path: `${grossSettlementPath(payer.guid)}/${String(register['id'])}?offset=0&limit=100`,
  });
}
