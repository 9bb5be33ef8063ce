import { describe, expect, test } from 'vitest';

import { PACS_002, readPacs002, REPORTED_STATUSES, writePacs002 } from './pacs-002.ts';
import { PACS_008, readPacs008, writePacs008 } from './pacs-008.ts';
import { readXml, XML_LIMITS } from './xml.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const UETR = '7c0a3f52-96b1-4d4e-9a2b-3c4d5e6f7081';
const PURPOSE = 'Розрахунки за «29.11.2026» & реєстром <2911260001>';
const IBAN = 'UA289802020000037390000000002';

const TRANSFER = writePacs008({
  id: '2911260001-1',
  endToEndId: '2911260001',
  uetr: UETR,
  createdAt: new Date('2026-11-29T22:01:05.120Z'),
  settlementDay: '2026-11-30',
  amountMinor: 973_251n,
  currency: 'UAH',
  debtor: { name: 'Bank Kalyna', memberId: '980101', account: 'UA769801010000037390000000001', taxCode: null },
  creditor: { name: 'Bank "Veresen"', memberId: '980202', account: IBAN, taxCode: '90000202' },
  purpose: PURPOSE,
});

const REPORT = {
  messageId: 'rails-1',
  createdAt: new Date('2026-11-30T07:00:00Z'),
  original: { messageId: '2911260001-1', instructionId: '2911260001-1', endToEndId: '2911260001', uetr: UETR },
  status: 'ACSC',
  reasonCode: 'AM04',
  reference: { amountMinor: 973_251n, currency: 'UAH', creditorIban: IBAN, purpose: PURPOSE },
};
const STATUS = writePacs002(REPORT);

const code = (text: string | Uint8Array): string => {
  const read = readPacs002(typeof text === 'string' ? bytes(text) : text);
  return read.ok ? 'OK' : read.failure.code;
};

describe('pacs.008', () => {
  test('as the hub writes it has the structure of the message, and reads back', () => {
    expect(readPacs008(bytes(TRANSFER))).toEqual({
      ok: true,
      value: {
        id: '2911260001-1',
        endToEndId: '2911260001',
        uetr: UETR,
        amountMinor: 973_251n,
        currency: 'UAH',
        creditorIban: IBAN,
        purpose: PURPOSE,
      },
    });
    expect(TRANSFER).toContain('<Nm>Bank &quot;Veresen&quot;</Nm><Id><OrgId><Othr><Id>90000202</Id></Othr></OrgId></Id>');
  });

  test('of two payments, or of another version, is not read', () => {
    const transfer = /<CdtTrfTxInf>.*<\/CdtTrfTxInf>/s.exec(TRANSFER)?.[0] ?? '';
    expect(readPacs008(bytes(TRANSFER.replace(transfer, transfer + transfer)))).toMatchObject({
      failure: { code: 'PACS_NOT_ONE_PAYMENT' },
    });
    expect(readPacs008(bytes(TRANSFER.replace('.001.08', '.001.09')))).toMatchObject({ failure: { code: 'PACS_NAMESPACE' } });
    expect(readPacs008(bytes(STATUS))).toMatchObject({ failure: { code: 'PACS_NAMESPACE' } });
  });
});

describe('pacs.002', () => {
  test('says what became of a payment', () => {
    expect(readPacs002(bytes(STATUS))).toEqual({
      ok: true,
      value: {
        externalId: '2911260001-1',
        status: 'ACSC',
        amountMinor: 973_251n,
        currency: 'UAH',
        creditorIban: IBAN,
        purpose: PURPOSE,
        createdAt: '2026-11-30T07:00:00.000Z',
      },
    });
  });

  test('may leave out what it is about but for the id', () => {
    const bare = writePacs002({ ...REPORT, original: { ...REPORT.original, uetr: null }, reference: null });
    expect(readPacs002(bytes(bare))).toMatchObject({
      value: { externalId: '2911260001-1', amountMinor: null, currency: null, creditorIban: null, purpose: null },
    });
    const byEnd = readPacs002(bytes(STATUS.replace(/<OrgnlInstrId>.*?<\/OrgnlInstrId>/, '')));
    expect(byEnd).toMatchObject({ value: { externalId: '2911260001' } });
  });

  test('has amounts with up to five decimals, of which the hub carries two', () => {
    const amount = (text: string) => readPacs002(bytes(STATUS.replace('>9732.51<', `>${text}<`)));
    expect(amount('9732.51000')).toMatchObject({ value: { amountMinor: 973_251n } });
    for (const other of ['9732.511', '0', '0.00']) expect(amount(other)).toMatchObject({ value: { amountMinor: 0n } });
    for (const wrong of ['-1', '1e3', '', ' 1', '1234567890123456.789', '1,00'])
      expect(amount(wrong)).toMatchObject({ failure: { code: 'PACS_STRUCTURE' } });
  });

  test.each(Object.entries(REPORTED_STATUSES))('%s is %s', (status, meaning) => {
    const read = readPacs002(bytes(writePacs002({ ...REPORT, status })));
    expect(read.ok && REPORTED_STATUSES[read.value.status]).toBe(meaning);
  });

  test('has one status, of the payment or of its group', () => {
    const grouped = (group: string, own = '<TxSts>ACSC</TxSts>') =>
      code(STATUS.replace('</OrgnlGrpInfAndSts>', `<GrpSts>${group}</GrpSts></OrgnlGrpInfAndSts>`).replace('<TxSts>ACSC</TxSts>', own));
    expect([grouped('ACSC'), grouped('ACCC'), grouped('PART'), grouped('RJCT', '')]).toEqual(['OK', 'OK', 'OK', 'OK']);
    expect([grouped('RJCT'), grouped('PART', ''), grouped('XXXX'), grouped('PDNG')]).toEqual(Array(4).fill('PACS_STATUS'));
    for (const status of ['XXXX', 'toString']) expect(code(writePacs002({ ...REPORT, status }))).toMatch(/PACS_ST/);
    expect(code(STATUS.replace('<TxSts>ACSC</TxSts>', ''))).toBe('PACS_STATUS');
  });

  test('is about one payment', () => {
    const payment = /<TxInfAndSts>.*<\/TxInfAndSts>/s.exec(STATUS)?.[0] ?? '';
    const group = /<OrgnlGrpInfAndSts>.*<\/OrgnlGrpInfAndSts>/s.exec(STATUS)?.[0] ?? '';
    const none = payment.replace(/<OrgnlInstrId>.*<\/OrgnlEndToEndId>/, '');
    for (const [from, to] of [
      [payment, ''],
      [payment, payment + payment],
      [group, group + group],
      [payment, none],
    ] as const)
      expect(code(STATUS.replace(from, to))).toBe('PACS_NOT_ONE_PAYMENT');
  });

  test('of another namespace, version or message is not one', () => {
    expect(code(STATUS.replace(PACS_002, PACS_008))).toBe('PACS_NAMESPACE');
    expect(code(STATUS.replace('.001.10', '.001.11'))).toBe('PACS_NAMESPACE');
    expect(code(STATUS.replace(` xmlns="${PACS_002}"`, ''))).toBe('PACS_NAMESPACE');
    expect(code(STATUS.replaceAll('Document', 'Envelope'))).toBe('PACS_NAMESPACE');
    expect(code(TRANSFER)).toBe('PACS_NAMESPACE');
  });

  test('may have a prefix, comments, CDATA, white space between elements, a byte order mark and a schema’s place', () => {
    const prefixed = STATUS.replaceAll(/<(\/?)([A-Z])/g, '<$1p:$2').replace('xmlns=', 'xmlns:p=');
    expect(code(prefixed)).toBe('OK');
    expect(code(STATUS.replaceAll('><', '>\n  <!-- - --><'))).toBe('OK');
    expect(code(STATUS.replace('<TxSts>ACSC', '<TxSts><![CDATA[AC]]>SC'))).toBe('OK');
    expect(code(`\u{feff}${STATUS}`)).toBe('OK');
    const located = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a b.xsd"';
    expect(code(STATUS.replace('<Document ', `<Document ${located} `))).toBe('OK');
  });
});

describe('a message that is not as its structure is refused, with the place', () => {
  const place = (text: string): string => {
    const read = readPacs002(bytes(text));
    return read.ok || read.failure.code !== 'PACS_STRUCTURE' ? 'none' : read.failure.path;
  };
  const REPORT_PATH = 'Document/FIToFIPmtStsRpt';
  const header = /<GrpHdr>.*<\/GrpHdr>/s.exec(STATUS)?.[0] ?? '';
  const messageId = '<MsgId>rails-1</MsgId>';
  const createdAt = /<CreDtTm>.*?<\/CreDtTm>/.exec(header)?.[0] ?? '';

  test.each([
    ['an element is missing', STATUS.replace(messageId, ''), `${REPORT_PATH}/GrpHdr/MsgId`],
    ['the header is missing', STATUS.replace(header, ''), `${REPORT_PATH}/GrpHdr`],
    ['the header comes twice', STATUS.replace(header, header + header), `${REPORT_PATH}/GrpHdr`],
    ['an element comes twice', STATUS.replace(messageId, messageId + messageId), `${REPORT_PATH}/GrpHdr/MsgId`],
    [
      'a status comes twice',
      STATUS.replace('<TxSts>ACSC</TxSts>', '<TxSts>ACSC</TxSts><TxSts>RJCT</TxSts>'),
      `${REPORT_PATH}/TxInfAndSts/TxSts`,
    ],
    ['elements are out of order', STATUS.replace(messageId + createdAt, createdAt + messageId), `${REPORT_PATH}/GrpHdr/MsgId`],
    ['an element is unknown', STATUS.replace(messageId, `${messageId}<Sndr>x</Sndr>`), `${REPORT_PATH}/GrpHdr/CreDtTm`],
    ['an unknown element comes last', STATUS.replace('</GrpHdr>', '<Sndr>x</Sndr></GrpHdr>'), `${REPORT_PATH}/GrpHdr/Sndr`],
    ['text stands between elements', STATUS.replace('<GrpHdr>', '<GrpHdr>x'), `${REPORT_PATH}/GrpHdr`],
    ['an element stands in a text', STATUS.replace('>rails-1<', '><b/>rails-1<'), `${REPORT_PATH}/GrpHdr/MsgId`],
    ['a text is too long', STATUS.replace('rails-1', 'x'.repeat(36)), `${REPORT_PATH}/GrpHdr/MsgId`],
    ['a text is empty', STATUS.replace('rails-1', ''), `${REPORT_PATH}/GrpHdr/MsgId`],
    ['a time is none', STATUS.replace(createdAt, '<CreDtTm>yesterday</CreDtTm>'), `${REPORT_PATH}/GrpHdr/CreDtTm`],
    ['an attribute is unknown', STATUS.replace('<GrpHdr>', '<GrpHdr a="1">'), `${REPORT_PATH}/GrpHdr`],
    ['an amount has no currency', STATUS.replace(' Ccy="UAH"', ''), `${REPORT_PATH}/TxInfAndSts/OrgnlTxRef/IntrBkSttlmAmt`],
    [
      'an account has two ids',
      STATUS.replace('</IBAN>', '</IBAN><Othr><Id>1</Id></Othr>'),
      `${REPORT_PATH}/TxInfAndSts/OrgnlTxRef/CdtrAcct/Id`,
    ],
    [
      'a type is given by the document',
      STATUS.replace('<GrpHdr>', '<GrpHdr xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x">'),
      `${REPORT_PATH}/GrpHdr`,
    ],
    ['an element is of another namespace', STATUS.replace('<TxSts>', '<TxSts xmlns="urn:other">'), `${REPORT_PATH}/TxInfAndSts/TxSts`],
    [
      'what is not read is of another namespace',
      STATUS.replace('</TxInfAndSts>', '<SplmtryData><e xmlns="urn:other"/></SplmtryData></TxInfAndSts>'),
      `${REPORT_PATH}/TxInfAndSts/SplmtryData`,
    ],
  ])('%s', (_, text, path) => {
    expect(place(text)).toBe(path);
  });
});

describe('XML that attacks its reader is refused before anything of it is believed', () => {
  const body = STATUS.replace(/^<\?xml[^>]*>\n/, '');
  const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  test.each([
    ['a document type', `<!DOCTYPE Document>${body}`, 'XML_FORBIDDEN'],
    ['an entity from a file', `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>${body.replace('rails-1', '&x;')}`, 'XML_FORBIDDEN'],
    ['an entity from a server', `<!DOCTYPE d SYSTEM "http://127.0.0.1/x.dtd">${body}`, 'XML_FORBIDDEN'],
    ['a billion laughs', `<!DOCTYPE d [<!ENTITY l0 "ha">${laughs}]>${body.replace('rails-1', '&l9;')}`, 'XML_FORBIDDEN'],
    ['a parameter entity', `<!DOCTYPE d [<!ENTITY % p "x">%p;]>${body}`, 'XML_FORBIDDEN'],
    ['a processing instruction', `<?xml-stylesheet href="http://127.0.0.1/x.xsl"?>${body}`, 'XML_FORBIDDEN'],
    ['an entity that nobody declared', STATUS.replace('rails-1', '&x;'), 'XML_MALFORMED'],
    ['a prefix that nobody declared', STATUS.replaceAll('GrpHdr', 'p:GrpHdr'), 'XML_MALFORMED'],
    ['an attribute twice', STATUS.replace('<Document ', '<Document a="1" a="2" '), 'XML_MALFORMED'],
    [
      'an attribute twice under two prefixes',
      STATUS.replace('<Document ', '<Document xmlns:a="urn:x" xmlns:b="urn:x" a:c="1" b:c="2" '),
      'XML_MALFORMED',
    ],
    ['two roots', STATUS + body, 'XML_MALFORMED'],
    ['text behind the root', `${STATUS}x`, 'XML_MALFORMED'],
    ['an element that does not end', STATUS.replace('</GrpHdr>', ''), 'XML_MALFORMED'],
    ['the end before the end', STATUS.slice(0, -20), 'XML_MALFORMED'],
    ['a control character', STATUS.replace('rails-1', 'a\u0001'), 'XML_MALFORMED'],
    ['a control character by its number', STATUS.replace('rails-1', '&#1;'), 'XML_MALFORMED'],
    ['an unpaired surrogate by its number', STATUS.replace('rails-1', '&#xD800;'), 'XML_MALFORMED'],
    ['another encoding', STATUS.replace('UTF-8', 'windows-1251'), 'XML_MALFORMED'],
    ['nothing', '', 'XML_MALFORMED'],
    ['JSON', '{"status":"ACSC"}', 'XML_MALFORMED'],
    ['elements without end inside one another', '<a>'.repeat(XML_LIMITS.depth + 1), 'XML_TOO_LARGE'],
    ['too many elements', `<a>${'<b/>'.repeat(XML_LIMITS.elements)}</a>`, 'XML_TOO_LARGE'],
    ['too many attributes', `<a ${Array.from({ length: 9 }, (_, n) => `a${n}="1"`).join(' ')}/>`, 'XML_TOO_LARGE'],
    ['more than 64 KiB', STATUS.replace('rails-1', 'x'.repeat(XML_LIMITS.bytes)), 'XML_TOO_LARGE'],
  ])('%s', (_, text, expected) => {
    expect(code(text)).toBe(expected);
  });

  test.each([
    ['UTF-16', new Uint8Array(Buffer.from(`\u{feff}${STATUS}`, 'utf16le'))],
    ['bytes that are no UTF-8', new Uint8Array([...bytes('<a>'), 0xc3, 0x28, ...bytes('</a>')])],
    ['an overlong spelling', new Uint8Array([0xc0, 0xbc, 0x61, 0x2f, 0x3e])],
  ])('%s', (_, content) => {
    expect(code(content)).toBe('XML_MALFORMED');
  });

  test('deep and wide documents end in a moment', () => {
    const started = performance.now();
    for (const text of ['<a>'.repeat(20_000), `<a${' b="c"'.repeat(10_000)}/>`, `<a>${'&amp;'.repeat(13_000)}</a>`]) readXml(bytes(text));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
