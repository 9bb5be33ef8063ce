import { decimalFromMinor, minorFromDecimal } from '../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../kernel/core/result.ts';
import {
  ACCOUNT,
  AGENT,
  CODE_4,
  DATE,
  DATE_TIME,
  IBAN,
  MAX_140,
  MAX_35,
  type MessageFailure,
  MONEY,
  NUMBER_15,
  readMessage,
  UUID_V4,
} from './message-parts.ts';
import { any, below, choice, maybe, one, sequence, some, text, textBelow, UNREAD } from './structure.ts';
import { escapeXml } from './xml.ts';

/** The version of the message that the hub writes. */
export const PACS_008 = 'urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08';

/** A settlement payment between two banks, as a credit transfer (FIToFICustomerCreditTransfer). */
export interface CreditTransfer {
  /** Of message, instruction and transaction: the paying bank's id of the payment. */
  readonly id: string;
  /** Carried to the creditor unchanged: the number of the register. */
  readonly endToEndId: string;
  readonly uetr: string;
  readonly createdAt: Date;
  /** YYYY-MM-DD. */
  readonly settlementDay: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly debtor: TransferBank;
  readonly creditor: TransferBank;
  readonly purpose: string;
}

export interface TransferBank {
  readonly name: string;
  /** The bank's member id in the clearing system. */
  readonly memberId: string;
  readonly account: string | null;
  readonly taxCode: string | null;
}

const party = sequence(
  maybe('Nm', text(MAX_140)),
  maybe('PstlAdr', UNREAD),
  maybe('Id', choice(one('OrgId', UNREAD), one('PrvtId', UNREAD))),
  maybe('CtryOfRes', text(/^[A-Z]{2}$/)),
  maybe('CtctDtls', UNREAD),
);

/** CreditTransferTransaction39, in its order. */
const transaction = sequence(
  one(
    'PmtId',
    sequence(
      maybe('InstrId', text(MAX_35)),
      one('EndToEndId', text(MAX_35)),
      maybe('TxId', text(MAX_35)),
      maybe('UETR', text(UUID_V4)),
      maybe('ClrSysRef', text(MAX_35)),
    ),
  ),
  maybe('PmtTpInf', UNREAD),
  one('IntrBkSttlmAmt', MONEY),
  maybe('IntrBkSttlmDt', text(DATE)),
  maybe('SttlmPrty', text(CODE_4)),
  maybe('SttlmTmIndctn', UNREAD),
  maybe('SttlmTmReq', UNREAD),
  maybe('AccptncDtTm', text(DATE_TIME)),
  maybe('PoolgAdjstmntDt', text(DATE)),
  maybe('InstdAmt', MONEY),
  maybe('XchgRate', text(/^[\d.]{1,12}$/)),
  one('ChrgBr', text(/^(?:DEBT|CRED|SHAR|SLEV)$/)),
  any('ChrgsInf', UNREAD),
  maybe('PrvsInstgAgt1', AGENT),
  maybe('PrvsInstgAgt1Acct', ACCOUNT),
  maybe('InstgAgt', AGENT),
  maybe('InstdAgt', AGENT),
  maybe('IntrmyAgt1', AGENT),
  maybe('IntrmyAgt1Acct', ACCOUNT),
  maybe('UltmtDbtr', party),
  maybe('InitgPty', party),
  one('Dbtr', party),
  maybe('DbtrAcct', ACCOUNT),
  one('DbtrAgt', AGENT),
  maybe('DbtrAgtAcct', ACCOUNT),
  one('CdtrAgt', AGENT),
  maybe('CdtrAgtAcct', ACCOUNT),
  one('Cdtr', party),
  maybe('CdtrAcct', ACCOUNT),
  maybe('UltmtCdtr', party),
  any('InstrForCdtrAgt', UNREAD),
  any('InstrForNxtAgt', UNREAD),
  maybe('Purp', choice(one('Cd', text(CODE_4)), one('Prtry', text(MAX_35)))),
  any('RgltryRptg', UNREAD),
  any('RltdRmtInf', UNREAD),
  maybe('RmtInf', sequence(any('Ustrd', text(MAX_140)), any('Strd', UNREAD))),
  any('SplmtryData', UNREAD),
);

const structure = sequence(
  one(
    'FIToFICstmrCdtTrf',
    sequence(
      one(
        'GrpHdr',
        sequence(
          one('MsgId', text(MAX_35)),
          one('CreDtTm', text(DATE_TIME)),
          maybe('BtchBookg', text(/^(?:true|false|0|1)$/)),
          one('NbOfTxs', text(NUMBER_15)),
          maybe('CtrlSum', text(/^[\d.]{1,19}$/)),
          maybe('TtlIntrBkSttlmAmt', MONEY),
          maybe('IntrBkSttlmDt', text(DATE)),
          one(
            'SttlmInf',
            sequence(one('SttlmMtd', text(/^(?:INDA|INGA|COVE|CLRG)$/)), maybe('SttlmAcct', ACCOUNT), maybe('ClrSys', UNREAD)),
          ),
          maybe('PmtTpInf', UNREAD),
          maybe('InstgAgt', AGENT),
          maybe('InstdAgt', AGENT),
        ),
      ),
      some('CdtTrfTxInf', transaction),
      any('SplmtryData', UNREAD),
    ),
  ),
);

/** The message ready to send: always the same text for the same transfer. */
export function writePacs008(transfer: CreditTransfer): string {
  const { id, debtor, creditor, currency } = transfer;
  const amount = decimalFromMinor(transfer.amountMinor);
  const money = (name: string): string => `<${name} Ccy="${escapeXml(currency)}">${amount}</${name}>`;
  const header = [
    leaf('MsgId', id),
    leaf('CreDtTm', transfer.createdAt.toISOString()),
    leaf('NbOfTxs', '1'),
    money('TtlIntrBkSttlmAmt'),
    leaf('IntrBkSttlmDt', transfer.settlementDay),
    '<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>',
    agent('InstgAgt', debtor),
    agent('InstdAgt', creditor),
  ];
  const ids = [leaf('InstrId', id), leaf('EndToEndId', transfer.endToEndId), leaf('TxId', id), leaf('UETR', transfer.uetr)];
  const body = [
    `<PmtId>${ids.join('')}</PmtId>`,
    money('IntrBkSttlmAmt'),
    '<ChrgBr>SLEV</ChrgBr>',
    partyOf('Dbtr', debtor),
    account('DbtrAcct', debtor),
    agent('DbtrAgt', debtor),
    agent('CdtrAgt', creditor),
    partyOf('Cdtr', creditor),
    account('CdtrAcct', creditor),
    `<RmtInf>${leaf('Ustrd', transfer.purpose)}</RmtInf>`,
  ];
  const message = `<GrpHdr>${header.join('')}</GrpHdr><CdtTrfTxInf>${body.join('')}</CdtTrfTxInf>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${PACS_008}"><FIToFICstmrCdtTrf>${message}</FIToFICstmrCdtTrf></Document>\n`;
}

const leaf = (name: string, content: string): string => `<${name}>${escapeXml(content)}</${name}>`;

function agent(name: string, { memberId }: TransferBank): string {
  return `<${name}><FinInstnId><ClrSysMmbId>${leaf('MmbId', memberId)}</ClrSysMmbId></FinInstnId></${name}>`;
}

function partyOf(name: string, { name: of, taxCode }: TransferBank): string {
  const id = taxCode === null ? '' : `<Id><OrgId><Othr>${leaf('Id', taxCode)}</Othr></OrgId></Id>`;
  return `<${name}>${leaf('Nm', of)}${id}</${name}>`;
}

function account(name: string, { account: number }: TransferBank): string {
  if (number === null) return '';
  const id = IBAN.test(number) ? leaf('IBAN', number) : `<Othr>${leaf('Id', number)}</Othr>`;
  return `<${name}><Id>${id}</Id></${name}>`;
}

/** A credit transfer of one payment, as far as a bank must read it to pay a register. */
export interface ReadTransfer {
  readonly id: string;
  readonly endToEndId: string;
  readonly uetr: string | null;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly creditorIban: string | null;
  readonly purpose: string | null;
}

/** PACS_NOT_ONE_PAYMENT: a message about several payments, or without an amount that the hub can carry. */
export function readPacs008(bytes: Uint8Array): Result<ReadTransfer, MessageFailure | { readonly code: 'PACS_NOT_ONE_PAYMENT' }> {
  const read = readMessage(bytes, { namespace: PACS_008, content: structure });
  if (!read.ok) return read;
  const message = below(read.value, 'FIToFICstmrCdtTrf');
  const [transfer, second] = message?.children.filter(({ name }) => name === 'CdtTrfTxInf') ?? [];
  const amount = minorFromDecimal(textBelow(transfer, 'IntrBkSttlmAmt') ?? '');
  if (!transfer || second || !amount.ok) return fail({ code: 'PACS_NOT_ONE_PAYMENT' });
  const endToEndId = textBelow(transfer, 'PmtId', 'EndToEndId') ?? '';
  return ok({
    id: textBelow(transfer, 'PmtId', 'InstrId') ?? endToEndId,
    endToEndId,
    uetr: textBelow(transfer, 'PmtId', 'UETR'),
    amountMinor: amount.value,
    currency: below(transfer, 'IntrBkSttlmAmt')?.attributes.get('Ccy') ?? '',
    creditorIban: textBelow(transfer, 'CdtrAcct', 'Id', 'IBAN'),
    purpose: textBelow(transfer, 'RmtInf', 'Ustrd'),
  });
}
