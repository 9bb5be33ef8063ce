import type { ErrorCode, TokenFailureCode } from '../../protocol/errors.ts';

/** What the sender can do about a code. */
export function adviceFor(code: ErrorCode): string {
  return isTokenCode(code) ? ADVICE[code] : 'Correct the claim, and sign the corrected claims anew.';
}

function isTokenCode(code: ErrorCode): code is TokenFailureCode {
  return Object.hasOwn(ADVICE, code);
}

/** What to do about each failure. */
const ADVICE: Readonly<Record<TokenFailureCode, string>> = {
  TOKEN_MISSING: 'Send the token in Cx-Authorization, and the signed payload as {"jwt": "…"}.',
  TOKEN_MALFORMED: 'Print the token with a JOSE library in its compact form, and copy it whole.',
  TOKEN_ALGORITHM: 'Sign with RS256 and name it so: {"alg":"RS256"}.',
  TOKEN_HEADER_FORBIDDEN: 'Leave jku, x5u, jwk, x5c and b64 out of the header; typ is JWT or absent. Name your key by kid alone.',
  TOKEN_CRITICAL: 'Leave crit out of the header.',
  TOKEN_KEY_UNKNOWN: 'Name the kid of a registered key of the sender in the header, and register new keys before you use them.',
  TOKEN_KEY_RETIRED: 'Sign with a key that is in use now.',
  TOKEN_KEY_PURPOSE: 'Sign with the key for signing; this one is for encryption.',
  TOKEN_SIGNATURE:
    'Check that the key file belongs to this kid (dcm keys show FILE), and that nothing changed the token after it was signed.',
  TOKEN_CLAIMS: 'A header token needs jti (1 to 128 characters) and iat (whole Unix seconds); a callback needs iss and aud.',
  TOKEN_STALE: 'Make a new header token for every request, right before you send it, and set the clock (NTP).',
  TOKEN_EXPIRED: 'Make a new header token for every request; one that dcm makes is good for five minutes.',
  TOKEN_FUTURE: 'Set the clock of the sender (NTP). iat is in seconds, not in milliseconds.',
  TOKEN_REPLAYED: 'Use a new jti for every request; only the very same request may be sent again under its token.',
  TOKEN_AUDIENCE: 'Name the hub in aud: dcm-hub.',
  TOKEN_METHOD: 'Name the method of the request in capital letters, as it is sent.',
  TOKEN_PATH: 'Sign path and query exactly as they are sent, with the same percent-encoding; a proxy on the way must not rewrite them.',
  TOKEN_BODY: 'Hash the very bytes that are sent (curl --data-binary keeps them, --data does not): SHA-256, base64url without padding.',
  TOKEN_BINDING: 'Bind the token to the request: aud, method, path and body_sha256, all four. See: dcm sign --for',
  FOREIGN_PATH: 'Use your own guid in the path.',
  BODY_NOT_JSON: 'Send strict JSON in UTF-8, without byte order mark.',
  JSON_DUPLICATE_MEMBER: 'Give every member once.',
  JSON_FORBIDDEN_MEMBER: 'Leave the members __proto__, constructor and prototype out.',
  JSON_TOO_DEEP: 'Nest objects and arrays at most 16 deep.',
  BODY_TOO_LARGE: 'Keep tokens and bodies within 64 KiB, and token headers within 4 KiB.',
};
