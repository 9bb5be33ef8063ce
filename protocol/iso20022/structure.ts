import { fail, ok, type Result } from '../../kernel/core/result.ts';
import type { XmlElement } from './xml.ts';

/** What may stand in an element: its elements in their order, exactly one of several, a text of a form, or whatever the message's namespace has. */
export type Content =
  | { readonly kind: 'sequence'; readonly parts: readonly Part[] }
  | { readonly kind: 'choice'; readonly parts: readonly Part[] }
  | { readonly kind: 'text'; readonly form: RegExp; readonly attributes: Readonly<Record<string, RegExp>> }
  | { readonly kind: 'any' };

/** An element within another one. `many`: any number of times, at least once where it is not optional. */
export interface Part {
  readonly name: string;
  readonly content: Content;
  readonly optional: boolean;
  readonly many: boolean;
}

const part =
  (o: { readonly optional: boolean; readonly many: boolean }) =>
  (name: string, content: Content): Part => ({ name, content, ...o });
export const one = part({ optional: false, many: false });
export const maybe = part({ optional: true, many: false });
export const some = part({ optional: false, many: true });
export const any = part({ optional: true, many: true });

export const sequence = (...parts: readonly Part[]): Content => ({ kind: 'sequence', parts });
export const choice = (...parts: readonly Part[]): Content => ({ kind: 'choice', parts });
export const text = (form: RegExp, attributes: Readonly<Record<string, RegExp>> = {}): Content => ({ kind: 'text', form, attributes });
/** What the hub does not read, and therefore does not check beyond its namespace. */
export const UNREAD: Content = { kind: 'any' };

/** Where an element is not what the message's structure has. */
export type StructureFailure = { readonly code: 'PACS_STRUCTURE'; readonly path: string };

/** Checks an element and everything in it: no element missing, unknown, too often or out of order, no unknown attribute, every text of its form. */
export function checkStructure(element: XmlElement, content: Content, path: string): Result<void, StructureFailure> {
  switch (content.kind) {
    case 'text': {
      const wrong = element.children.length > 0 || !content.form.test(element.text) || !hasAttributes(element, content.attributes);
      return wrong ? broken(path) : ok(undefined);
    }
    case 'any':
      return isAllOf(element.namespace, element) ? ok(undefined) : broken(path);
    case 'sequence':
    case 'choice': {
      if (element.text.trim() !== '' || !hasAttributes(element, {})) return broken(path);
      return content.kind === 'choice' ? checkChoice(element, content.parts, path) : checkSequence(element, content.parts, path);
    }
    default:
      return content satisfies never;
  }
}

const broken = (path: string): Result<never, StructureFailure> => fail({ code: 'PACS_STRUCTURE', path });

function checkSequence(element: XmlElement, parts: readonly Part[], path: string): Result<void, StructureFailure> {
  let at = 0;
  for (const expected of parts) {
    const inside = `${path}/${expected.name}`;
    const first = at;
    for (let child = element.children[at]; child && isNamed(child, expected, element); child = element.children[at]) {
      if (at > first && !expected.many) return broken(inside);
      const checked = checkStructure(child, expected.content, inside);
      if (!checked.ok) return checked;
      at += 1;
    }
    if (at === first && !expected.optional) return broken(inside);
  }
  const rest = element.children[at];
  return rest ? broken(`${path}/${rest.name}`) : ok(undefined);
}

function checkChoice(element: XmlElement, parts: readonly Part[], path: string): Result<void, StructureFailure> {
  const [child, second] = element.children;
  const chosen = parts.find((candidate) => child && isNamed(child, candidate, element));
  if (!child || !chosen || second) return broken(path);
  return checkStructure(child, chosen.content, `${path}/${child.name}`);
}

function isNamed(child: XmlElement, { name }: Part, parent: XmlElement): boolean {
  return child.name === name && child.namespace === parent.namespace;
}

/** Says where a schema is, and nothing about the message. */
const SCHEMA_LOCATION = '{http://www.w3.org/2001/XMLSchema-instance}schemaLocation';

function hasAttributes({ attributes }: XmlElement, expected: Readonly<Record<string, RegExp>>): boolean {
  const forms = Object.entries(expected);
  return (
    attributes.size - (attributes.has(SCHEMA_LOCATION) ? 1 : 0) === forms.length &&
    forms.every(([name, form]) => form.test(attributes.get(name) ?? ''))
  );
}

/** Elements of the message's own namespace alone: what comes from another one is not part of the message. */
function isAllOf(namespace: string, element: XmlElement): boolean {
  return element.namespace === namespace && element.children.every((child) => isAllOf(namespace, child));
}

/** The element at a path of names below, or undefined. */
export function below(element: XmlElement | undefined, ...names: readonly string[]): XmlElement | undefined {
  return names.reduce((at, name) => at?.children.find((child) => child.name === name), element);
}

export function textBelow(element: XmlElement | undefined, ...names: readonly string[]): string | null {
  return below(element, ...names)?.text ?? null;
}
