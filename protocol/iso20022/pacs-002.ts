import { decimalFromMinor, minorFromDecimal } from '../../kernel/core/money.ts';
import { fail, ok, type Result } from '../../kernel/core/result.ts';
import {
  ACCOUNT,
  AGENT,
  CODE_4,
  DATE,
  DATE_TIME,
  MAX_105,
  MAX_140,
  MAX_35,
  type MessageFailure,
  MONEY,
  NUMBER_15,
  readMessage,
  UUID_V4,
} from './message-parts.ts';
import { any, below, choice, maybe, one, sequence, text, textBelow, UNREAD } from './structure.ts';
import { escapeXml, type XmlElement } from './xml.ts';

/** The version of the message that the hub reads. */
export const PACS_002 = 'urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10';

const PENDING = 'PENDING';
/** ExternalPaymentTransactionStatus1Code: what each means for a settlement payment. */
export const REPORTED_STATUSES = {
  ACSC: 'ACCEPTED',
  ACCC: 'ACCEPTED',
  RJCT: 'REJECTED',
  CANC: 'REJECTED',
  RCVD: PENDING,
  PDNG: PENDING,
  ACTC: PENDING,
  ACCP: PENDING,
  ACSP: PENDING,
  ACWC: PENDING,
  ACWP: PENDING,
  ACFC: PENDING,
  PATC: PENDING,
} as const;
export type ReportedStatus = keyof typeof REPORTED_STATUSES;

/** What the rails say about one settlement payment. What a report leaves out is null. */
export interface StatusReport {
  /** `OrgnlInstrId`, else `OrgnlEndToEndId`: the paying bank's id of the payment. */
  readonly externalId: string;
  readonly status: ReportedStatus;
  readonly amountMinor: bigint | null;
  readonly currency: string | null;
  readonly creditorIban: string | null;
  readonly purpose: string | null;
  /** `CreDtTm`, as it was written. */
  readonly createdAt: string;
}

const reason = sequence(
  maybe('Orgtr', UNREAD),
  maybe('Rsn', choice(one('Cd', text(CODE_4)), one('Prtry', text(MAX_35)))),
  any('AddtlInf', text(MAX_105)),
);

/** OriginalTransactionReference28, in its order. */
const original = sequence(
  maybe('IntrBkSttlmAmt', MONEY),
  maybe('Amt', UNREAD),
  maybe('IntrBkSttlmDt', text(DATE)),
  maybe('ReqdColltnDt', text(DATE)),
  maybe('ReqdExctnDt', UNREAD),
  maybe('CdtrSchmeId', UNREAD),
  maybe('SttlmInf', UNREAD),
  maybe('PmtTpInf', UNREAD),
  maybe('PmtMtd', text(CODE_4)),
  maybe('MndtRltdInf', UNREAD),
  maybe('RmtInf', sequence(any('Ustrd', text(MAX_140)), any('Strd', UNREAD))),
  maybe('UltmtDbtr', UNREAD),
  maybe('Dbtr', UNREAD),
  maybe('DbtrAcct', ACCOUNT),
  maybe('DbtrAgt', AGENT),
  maybe('DbtrAgtAcct', ACCOUNT),
  maybe('CdtrAgt', AGENT),
  maybe('CdtrAgtAcct', ACCOUNT),
  maybe('Cdtr', UNREAD),
  maybe('CdtrAcct', ACCOUNT),
  maybe('UltmtCdtr', UNREAD),
  maybe('Purp', UNREAD),
);

/** PaymentTransaction110, in its order. */
const transaction = sequence(
  maybe('StsId', text(MAX_35)),
  maybe(
    'OrgnlGrpInf',
    sequence(one('OrgnlMsgId', text(MAX_35)), one('OrgnlMsgNmId', text(MAX_35)), maybe('OrgnlCreDtTm', text(DATE_TIME))),
  ),
  maybe('OrgnlInstrId', text(MAX_35)),
  maybe('OrgnlEndToEndId', text(MAX_35)),
  maybe('OrgnlTxId', text(MAX_35)),
  maybe('OrgnlUETR', text(UUID_V4)),
  maybe('TxSts', text(CODE_4)),
  any('StsRsnInf', reason),
  any('ChrgsInf', UNREAD),
  maybe('AccptncDtTm', text(DATE_TIME)),
  maybe('FctvIntrBkSttlmDt', UNREAD),
  maybe('AcctSvcrRef', text(MAX_35)),
  maybe('ClrSysRef', text(MAX_35)),
  maybe('InstgAgt', AGENT),
  maybe('InstdAgt', AGENT),
  maybe('OrgnlTxRef', original),
  any('SplmtryData', UNREAD),
);

const structure = sequence(
  one(
    'FIToFIPmtStsRpt',
    sequence(
      one(
        'GrpHdr',
        sequence(one('MsgId', text(MAX_35)), one('CreDtTm', text(DATE_TIME)), maybe('InstgAgt', AGENT), maybe('InstdAgt', AGENT)),
      ),
      any(
        'OrgnlGrpInfAndSts',
        sequence(
          one('OrgnlMsgId', text(MAX_35)),
          one('OrgnlMsgNmId', text(MAX_35)),
          maybe('OrgnlCreDtTm', text(DATE_TIME)),
          maybe('OrgnlNbOfTxs', text(NUMBER_15)),
          maybe('OrgnlCtrlSum', text(/^[\d.]{1,19}$/)),
          maybe('GrpSts', text(CODE_4)),
          any('StsRsnInf', reason),
          any('NbOfTxsPerSts', UNREAD),
        ),
      ),
      any('TxInfAndSts', transaction),
      any('SplmtryData', UNREAD),
    ),
  ),
);

/**
 * PACS_NOT_ONE_PAYMENT: about no payment, about several, or without an id. PACS_STATUS: a status that is not in the list, or one
 * for the group that says otherwise.
 */
export type StatusReportFailure = MessageFailure | { readonly code: 'PACS_NOT_ONE_PAYMENT' | 'PACS_STATUS' };

/** Reads the status report (FIToFIPaymentStatusReport) of one payment. */
export function readPacs002(bytes: Uint8Array): Result<StatusReport, StatusReportFailure> {
  const read = readMessage(bytes, { namespace: PACS_002, content: structure });
  if (!read.ok) return read;
  const message = below(read.value, 'FIToFIPmtStsRpt');
  const transactions = message?.children.filter(({ name }) => name === 'TxInfAndSts') ?? [];
  const groups = message?.children.filter(({ name }) => name === 'OrgnlGrpInfAndSts') ?? [];
  const [payment, second] = transactions;
  const externalId = textBelow(payment, 'OrgnlInstrId') ?? textBelow(payment, 'OrgnlEndToEndId');
  if (!payment || second || groups.length > 1 || externalId === null) return fail({ code: 'PACS_NOT_ONE_PAYMENT' });
  const status = statusOf(payment, groups[0]);
  if (status === null) return fail({ code: 'PACS_STATUS' });
  const reference = below(payment, 'OrgnlTxRef');
  const money = below(reference, 'IntrBkSttlmAmt');
  return ok({
    externalId,
    status,
    amountMinor: money === undefined ? null : minorOf(money.text),
    currency: money?.attributes.get('Ccy') ?? null,
    creditorIban: textBelow(reference, 'CdtrAcct', 'Id', 'IBAN') ?? textBelow(reference, 'CdtrAcct', 'Id', 'Othr', 'Id'),
    purpose: textBelow(reference, 'RmtInf', 'Ustrd'),
    createdAt: textBelow(message, 'GrpHdr', 'CreDtTm') ?? '',
  });
}

/** An amount that the hub cannot carry is read as zero, which no register asks for. */
function minorOf(amount: string): bigint {
  const minor = minorFromDecimal(amount.replace(/(\.\d{2})0{1,3}$/, '$1'));
  return minor.ok ? minor.value : 0n;
}

/** The status of the payment; null where there is none that is known, or where that of its group contradicts it. */
function statusOf(payment: XmlElement, group: XmlElement | undefined): ReportedStatus | null {
  const own = textBelow(payment, 'TxSts');
  const ofGroup = textBelow(group, 'GrpSts');
  const status = own ?? ofGroup;
  if (status === null || !isKnown(status)) return null;
  // Without a status of its own a payment has that of its group; PART says that the group has several.
  if (ofGroup === null || ofGroup === status || (own !== null && ofGroup === 'PART')) return status;
  return isKnown(ofGroup) && REPORTED_STATUSES[ofGroup] === REPORTED_STATUSES[status] ? status : null;
}

function isKnown(status: string): status is ReportedStatus {
  return Object.hasOwn(REPORTED_STATUSES, status);
}

/** A report as the rails write it, for whoever plays them. */
export function writePacs002(report: {
  readonly messageId: string;
  readonly createdAt: Date;
  readonly original: {
    readonly messageId: string;
    readonly instructionId: string;
    readonly endToEndId: string;
    readonly uetr: string | null;
  };
  readonly status: string;
  readonly reasonCode?: string;
  readonly reference: {
    readonly amountMinor: bigint;
    readonly currency: string;
    readonly creditorIban: string;
    readonly purpose: string;
  } | null;
}): string {
  const { original: of, reference, reasonCode } = report;
  const leaf = (name: string, content: string): string => `<${name}>${escapeXml(content)}</${name}>`;
  const group = [leaf('OrgnlMsgId', of.messageId), leaf('OrgnlMsgNmId', 'pacs.008.001.08')];
  const about = reference && [
    `<IntrBkSttlmAmt Ccy="${escapeXml(reference.currency)}">${decimalFromMinor(reference.amountMinor)}</IntrBkSttlmAmt>`,
    `<RmtInf>${leaf('Ustrd', reference.purpose)}</RmtInf>`,
    `<CdtrAcct><Id>${leaf('IBAN', reference.creditorIban)}</Id></CdtrAcct>`,
  ];
  const body = [
    leaf('OrgnlInstrId', of.instructionId),
    leaf('OrgnlEndToEndId', of.endToEndId),
    of.uetr === null ? '' : leaf('OrgnlUETR', of.uetr),
    leaf('TxSts', report.status),
    reasonCode === undefined ? '' : `<StsRsnInf><Rsn>${leaf('Cd', reasonCode)}</Rsn></StsRsnInf>`,
    about ? `<OrgnlTxRef>${about.join('')}</OrgnlTxRef>` : '',
  ];
  const header = `<GrpHdr>${leaf('MsgId', report.messageId)}${leaf('CreDtTm', report.createdAt.toISOString())}</GrpHdr>`;
  const message = `${header}<OrgnlGrpInfAndSts>${group.join('')}</OrgnlGrpInfAndSts><TxInfAndSts>${body.join('')}</TxInfAndSts>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${PACS_002}"><FIToFIPmtStsRpt>${message}</FIToFIPmtStsRpt></Document>\n`;
}
