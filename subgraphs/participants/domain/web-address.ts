export const WEB_ADDRESS_LENGTH_MAX = 2048;

/** URL parsers drop or encode everything else in silence; an address is kept and used exactly as it was given. */
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;

/** Which schemes a participant's addresses may have. Plain http is for the sandbox, where everybody is on one machine. */
export type AddressPolicy = 'HTTPS_ONLY' | 'HTTP_ALLOWED';

/**
 * An absolute address that the hub or a browser may be sent to: https at a name of the public internet (or http, and anywhere, under
 * `HTTP_ALLOWED`), no user name or password, no fragment. Where a name leads is decided at each connect, by the client that connects.
 */
export function isWebAddress(text: string, policy: AddressPolicy): boolean {
  const url = parse(text, policy);
  if (url === null || url.hash !== '' || url.username !== '' || url.password !== '') return false;
  return policy === 'HTTP_ALLOWED' || isPublicName(url.hostname);
}

/** Names that lead to the machine itself, to its network, or nowhere (RFC 6761, 6762, 7686, 8375, 9476). */
const SPECIAL_USE = new Set(['localhost', 'local', 'internal', 'arpa', 'onion', 'alt', 'invalid']);

/** A name with a dot in it, and no IP address: parsers write every spelling of one with a number at its end, or in brackets. */
function isPublicName(hostname: string): boolean {
  const labels = hostname.replace(/\.$/, '').split('.');
  const last = labels.at(-1) ?? '';
  return labels.length > 1 && !last.endsWith(']') && !/^\d+$/.test(last) && !SPECIAL_USE.has(last);
}

/** A bare origin (`https://shop.example`), in the spelling that browsers send. */
export function isWebOrigin(text: string, policy: AddressPolicy): boolean {
  return parse(text, policy)?.origin === text;
}

function parse(text: string, policy: AddressPolicy): URL | null {
  if (text.length > WEB_ADDRESS_LENGTH_MAX || !PRINTABLE_ASCII.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const allowed = url.protocol === 'https:' || (policy === 'HTTP_ALLOWED' && url.protocol === 'http:');
  return allowed ? url : null;
}
