import { fail, ok, type Result } from '../../core/result.ts';

/** A Relay global id: base64 of `Type:wireId`. Two types never share an id. */
export function globalId(type: string, wireId: string): string {
  return Buffer.from(`${type}:${wireId}`, 'utf8').toString('base64');
}

const GLOBAL_ID = /^(?<type>[A-Z]\w*):(?<wireId>[\w.-]+)$/;

/** Reads what globalId made; ID_MALFORMED for anything else. */
export function readGlobalId(text: string): Result<{ readonly type: string; readonly wireId: string }, { readonly code: 'ID_MALFORMED' }> {
  const match = GLOBAL_ID.exec(Buffer.from(text, 'base64').toString('utf8'));
  const { type, wireId } = match?.groups ?? {};
  // Base64 has several texts for the same bytes; only the canonical one is an id.
  if (type === undefined || wireId === undefined || globalId(type, wireId) !== text) return fail({ code: 'ID_MALFORMED' });
  return ok({ type, wireId });
}

/**
 * The wire id in an argument that takes either form, such as `orderId`. A global id of another type is null: nothing has that id.
 * Anything that is no global id is taken for a wire id, whose own check follows.
 */
export function wireIdOf(type: string, text: string): string | null {
  const global = readGlobalId(text);
  if (!global.ok) return text;
  return global.value.type === type ? global.value.wireId : null;
}
