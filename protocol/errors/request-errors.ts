import { errorGroup } from './error-group.ts';

/** Who sent this, and is it theirs: every answer is 401, and none of them says more than the code. */
export const AUTHENTICATION_ERRORS = errorGroup(
  { status: 401, family: 'code-message' },
  {
    TOKEN_MISSING: ['a token is missing', 'The request has no Cx-Authorization header, or its body holds no JWT where one is required.'],
    TOKEN_MALFORMED: ['the token is malformed', 'The token is not three canonical base64url segments with JSON objects in the first two.'],
    TOKEN_ALGORITHM: ['the token algorithm is not accepted', 'The token header names an algorithm other than RS256.'],
    TOKEN_HEADER_FORBIDDEN: [
      'the token header has a forbidden member',
      'The token header carries jku, x5u, jwk, x5c or b64, or a typ other than JWT.',
    ],
    TOKEN_CRITICAL: ['the token has an unknown critical extension', 'The token header lists extensions in crit; the hub knows none.'],
    TOKEN_KEY_UNKNOWN: ['the token key is unknown', 'The kid is absent, or names no key of the participant who is calling.'],
    TOKEN_KEY_RETIRED: ['the token key is not in use', 'The key is not valid yet, is past its validity, or was revoked.'],
    TOKEN_KEY_PURPOSE: ['the token key may not sign', 'The key was registered for encryption only.'],
    TOKEN_SIGNATURE: ['the token signature is wrong', 'The signature does not verify with the key that the kid names.'],
    TOKEN_CLAIMS: ['the token claims are wrong', 'A claim that the token needs is missing or has the wrong type.'],
    TOKEN_STALE: ['the token is too old', 'The token was issued more than 300 seconds ago.'],
    TOKEN_FUTURE: ['the token is from the future', 'The token was issued more than 300 seconds ahead of the clock of the hub.'],
    TOKEN_EXPIRED: ['the token has expired', 'The exp of the token has passed.'],
    TOKEN_REPLAYED: ['the token was already used', 'The jti of this header token was already used for a different request.'],
    TOKEN_AUDIENCE: ['the token is for somebody else', 'aud names neither dcm-hub nor the public address of the edge.'],
    TOKEN_METHOD: ['the token is for another method', 'method is not the HTTP method of the request, in capital letters.'],
    TOKEN_PATH: ['the token is for another path', 'path is not path and query exactly as in the request line.'],
    TOKEN_BODY: ['the token is for another body', 'body_sha256 is not the SHA-256 of the raw body, in base64url without padding.'],
    TOKEN_BINDING: [
      'the token is not bound to its request',
      'aud, method, path or body_sha256 is absent where all four are required: the sender’s terms ask for them, or the body is not signed.',
    ],
    FOREIGN_PATH: ['the path belongs to another participant', 'The participant in the path is not the one that the token key belongs to.'],
  },
);

/** The body could not be read as the one JSON document that everybody reads alike. */
export const BODY_ERRORS = errorGroup(
  { status: 400, family: 'code-message' },
  {
    BODY_NOT_JSON: ['the body is not JSON', 'The body or a token payload is not strict JSON in UTF-8.'],
    JSON_DUPLICATE_MEMBER: ['a JSON member occurs twice', 'An object of the body or of a token has two members of one name.'],
    JSON_FORBIDDEN_MEMBER: ['a JSON member has a forbidden name', 'An object has a member named __proto__, constructor or prototype.'],
    JSON_TOO_DEEP: ['the JSON is nested too deeply', 'Objects and arrays lie inside one another more than 16 deep.'],
  },
);

const CONDITIONS = {
  ...errorGroup(
    { status: 400, family: 'code-message' },
    {
      HTTP_MALFORMED: [
        'the HTTP request is malformed',
        'The Host header is not one valid host, or the body broke off before its end or is framed wrongly.',
      ],
    },
  ),
  ...errorGroup({ status: 404, family: 'plain' }, { NOT_FOUND: ['not found', 'Nothing of that name exists for this caller.'] }),
  ...errorGroup(
    { status: 405, family: 'code-message' },
    { METHOD_NOT_ALLOWED: ['the method is not allowed here', 'The path exists, but not for this HTTP method.'] },
  ),
  ...errorGroup(
    { status: 413, family: 'code-message' },
    { BODY_TOO_LARGE: ['the body is too large', 'The body or a token in it is larger than 64 KiB.'] },
  ),
  ...errorGroup(
    { status: 415, family: 'code-message' },
    {
      MEDIA_TYPE: [
        'the media type is not accepted',
        'The content type is neither that of JSON nor that of a JWT as plain text, or the body is compressed.',
      ],
    },
  ),
  ...errorGroup(
    { status: 429, family: 'code-message' },
    { RATE_LIMITED: ['too many requests', 'The sender is over its limit; Retry-After says when to try again.'] },
  ),
  ...errorGroup(
    { status: 500, family: 'code-message' },
    { INTERNAL_ERROR: ['internal error', 'The hub failed; the request may be repeated as it was.'] },
  ),
  ...errorGroup(
    { status: 503, family: 'code-message' },
    {
      CORE_AWAY: ['the hub is away', 'The part of the hub that answers this cannot be reached now; Retry-After says when to try again.'],
      HUB_BUSY: [
        'the hub is busy',
        'The hub holds as many unfinished messages of this participant as it has room for; nothing was taken, and Retry-After says when to try again.',
      ],
    },
  ),
  ...errorGroup(
    { status: 504, family: 'code-message' },
    {
      CORE_TOO_SLOW: [
        'the hub did not answer in time',
        'The part of the hub that answers this was asked and gave no answer in time; the same request may be sent again.',
      ],
    },
  ),
} as const;

/** What can happen to any request, whoever sends it. */
export const REQUEST_ERRORS = { ...AUTHENTICATION_ERRORS, ...BODY_ERRORS, ...CONDITIONS } as const;
