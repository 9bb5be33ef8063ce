import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { checkStructure, choice, type Content, maybe, one, sequence, type StructureFailure, text, UNREAD } from './structure.ts';
import { readXml, type XmlElement, type XmlFailure } from './xml.ts';

// What pacs.002 and pacs.008 share, by the names of ISO 20022.

/** Simple types of the standard. Their texts may not be empty. */
export const MAX_35 = /^[\s\S]{1,35}$/u;
export const MAX_105 = /^[\s\S]{1,105}$/u;
export const MAX_140 = /^[\s\S]{1,140}$/u;
export const CODE_4 = /^[A-Z0-9]{1,4}$/;
export const UUID_V4 = /^[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}$/;
export const DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
export const DATE_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})?$/;
export const NUMBER_15 = /^\d{1,15}$/;
export const IBAN = /^[A-Z]{2}\d{2}[a-zA-Z0-9]{1,30}$/;
/** At most 18 digits, five of them behind the point. */
const AMOUNT = /^(?=[\d.]{1,19}$)\d{1,18}(?:\.\d{1,5})?$/;
const CURRENCY = /^[A-Z]{3}$/;

/** ActiveCurrencyAndAmount. */
export const MONEY: Content = text(AMOUNT, { Ccy: CURRENCY });

const codeOrOwn = choice(one('Cd', text(MAX_35)), one('Prtry', text(MAX_35)));

/** BranchAndFinancialInstitutionIdentification6. */
export const AGENT: Content = sequence(
  one(
    'FinInstnId',
    sequence(
      maybe('BICFI', text(/^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/)),
      maybe('ClrSysMmbId', sequence(maybe('ClrSysId', codeOrOwn), one('MmbId', text(MAX_35)))),
      maybe('LEI', text(/^[A-Z0-9]{18}\d{2}$/)),
      maybe('Nm', text(MAX_140)),
      maybe('PstlAdr', UNREAD),
      maybe('Othr', UNREAD),
    ),
  ),
  maybe('BrnchId', UNREAD),
);

/** CashAccount38. */
export const ACCOUNT: Content = sequence(
  one(
    'Id',
    choice(
      one('IBAN', text(IBAN)),
      one('Othr', sequence(one('Id', text(/^[\s\S]{1,34}$/u)), maybe('SchmeNm', codeOrOwn), maybe('Issr', text(MAX_35)))),
    ),
  ),
  maybe('Tp', UNREAD),
  maybe('Ccy', text(CURRENCY)),
  maybe('Nm', text(/^[\s\S]{1,70}$/u)),
  maybe('Prxy', UNREAD),
);

/** PACS_NAMESPACE: well-formed XML, but not the message that was expected. */
export type MessageFailure = XmlFailure | StructureFailure | { readonly code: 'PACS_NAMESPACE' };

/** Reads a message of one namespace and checks it against its structure. */
export function readMessage(
  bytes: Uint8Array,
  o: { readonly namespace: string; readonly content: Content },
): Result<XmlElement, MessageFailure> {
  const xml = readXml(bytes);
  if (!xml.ok) return xml;
  const document = xml.value;
  if (document.name !== 'Document' || document.namespace !== o.namespace) return fail({ code: 'PACS_NAMESPACE' });
  const checked = checkStructure(document, o.content, 'Document');
  return checked.ok ? ok(document) : checked;
}
