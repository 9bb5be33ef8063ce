import { SaxesParser } from 'saxes';

import { fail, ok, type Result } from '../../kernel/core/result.ts';
import { decodeUtf8 } from '../strict-json.ts';

/** An element as it was read. Where it has elements, `text` is what stands between them. */
export interface XmlElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** XML_MALFORMED: not well-formed XML 1.0 in UTF-8. XML_FORBIDDEN: a document type, or a processing instruction. XML_TOO_LARGE: beyond XML_LIMITS. */
export type XmlFailure = { readonly code: 'XML_MALFORMED' | 'XML_FORBIDDEN' | 'XML_TOO_LARGE' };

/** Far above any message about one payment. */
export const XML_LIMITS = { bytes: 65_536, depth: 24, elements: 1_000, attributes: 8 } as const;

class Refused extends Error {
  readonly failure: XmlFailure;
  constructor(code: XmlFailure['code']) {
    super(code);
    this.failure = { code };
  }
}

/**
 * Reads a document strictly and within limits. A document type is refused as soon as it begins, so no entity is ever declared, expanded or fetched; only the five
 * entities of XML itself are known. Comments are left out.
 */
export function readXml(bytes: Uint8Array): Result<XmlElement, XmlFailure> {
  if (bytes.length > XML_LIMITS.bytes) return fail({ code: 'XML_TOO_LARGE' });
  const text = decodeUtf8(hasByteOrderMark(bytes) ? bytes.subarray(3) : bytes);
  if (text === undefined) return fail({ code: 'XML_MALFORMED' });
  try {
    return ok(parse(text));
  } catch (error) {
    // Whatever else the parser throws says where the document is not well-formed.
    return error instanceof Refused ? fail(error.failure) : fail({ code: 'XML_MALFORMED' });
  }
}

function hasByteOrderMark([first, second, third]: Uint8Array): boolean {
  return first === 0xef && second === 0xbb && third === 0xbf;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

function parse(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  const add = (content: string): void => {
    const element = open.at(-1);
    if (element) element.text += content;
  };
  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8') throw new Refused('XML_MALFORMED');
  });
  parser.on('doctype', () => {
    throw new Refused('XML_FORBIDDEN');
  });
  parser.on('processinginstruction', () => {
    throw new Refused('XML_FORBIDDEN');
  });
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('opentag', ({ local, uri, attributes }) => {
    elements += 1;
    const values = Object.values(attributes).filter(({ uri: of }) => of !== 'http://www.w3.org/2000/xmlns/');
    const tooLarge = open.length >= XML_LIMITS.depth || elements > XML_LIMITS.elements || values.length > XML_LIMITS.attributes;
    if (tooLarge) throw new Refused('XML_TOO_LARGE');
    const named = values.map(({ uri: of, local: name, value }) => [of === '' ? name : `{${of}}${name}`, value] as const);
    open.push({ name: local, namespace: uri, attributes: new Map(named), children: [], text: '' });
  });
  parser.on('closetag', () => {
    const element = open.pop();
    if (!element) return;
    const parent = open.at(-1);
    if (parent) parent.children.push(element);
    else root = element;
  });
  parser.write(text).close();
  if (!root) throw new Refused('XML_MALFORMED');
  return root;
}

/** Text between tags, or in an attribute. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
