import type { Migration } from '../../../../kernel/runtime/migrations.ts';

/** Sealed data of a receiver are forgotten when the order has ended: a pay request is completed for ever, and has data for a while. */
export const receiverData: Migration = {
  name: '0010-receiver-data',
  sql: `
alter table pay_request drop constraint pay_request_check;
alter table pay_request add constraint pay_request_data check (data is null or status = 'COMPLETED');
create index pay_request_with_data on pay_request (order_guid) where data is not null;
create index pay_request_told on callback (subject) where type = 'pay-request' and body <> '' and state <> 'WAITING';
`,
};
