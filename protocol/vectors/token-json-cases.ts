import { rawBytes, type RawPart, rawToken } from './raw-token.ts';
import type { TokenCase } from './token-vector.ts';

const withPayload = (payload: RawPart) => rawToken({ payload });
const withHeader = (header: RawPart) => rawToken({ header, payload: { iat: 1 } });
const KID = '"kid":"bank-a-sign-1"';

/** The JSON of header and payload, in the one reading that nobody can understand differently. All of these are signed as they are. */
export function jsonCases(): TokenCase[] {
  return [...memberCases(), ...documentCases(), ...textCases(), ...numberCases(), ...depthCases()];
}

function memberCases(): TokenCase[] {
  return [
    ['a header with alg twice', withHeader(`{"alg":"RS256","alg":"none",${KID}}`), 'JSON_DUPLICATE_MEMBER'],
    ['a header with alg twice, once escaped', withHeader(`{"alg":"RS256","\\u0061lg":"none",${KID}}`), 'JSON_DUPLICATE_MEMBER'],
    ['a header with kid twice, equal', withHeader(`{"alg":"RS256",${KID},${KID}}`), 'JSON_DUPLICATE_MEMBER'],
    ['a header with __proto__', withHeader(`{"alg":"RS256",${KID},"__proto__":{}}`), 'JSON_FORBIDDEN_MEMBER'],
    ['a payload with a member twice', withPayload('{"amount":1,"amount":2}'), 'JSON_DUPLICATE_MEMBER'],
    ['a payload with a member twice, once escaped', withPayload('{"amount":1,"\\u0061mount":2}'), 'JSON_DUPLICATE_MEMBER'],
    ['a member twice, in two cases of one escape', withPayload('{"\\u004a":1,"\\u004A":2}'), 'JSON_DUPLICATE_MEMBER'],
    ['a member twice, deep inside', withPayload('{"a":[{"b":1,"c":2,"b":1}]}'), 'JSON_DUPLICATE_MEMBER'],
    ['two members that differ in case', withPayload('{"a":1,"A":2}'), 'OK'],
    ['two members that differ in Unicode composition', withPayload('{"\\u00e9":1,"e\\u0301":2}'), 'OK'],
    ['a payload with __proto__, escaped', withPayload('{"\\u005f_proto__":{}}'), 'JSON_FORBIDDEN_MEMBER'],
    ['a payload with constructor', withPayload('{"a":[{"constructor":1}]}'), 'JSON_FORBIDDEN_MEMBER'],
    ['a payload with prototype', withPayload('{"prototype":null}'), 'JSON_FORBIDDEN_MEMBER'],
    ['a member with an empty name', withPayload('{"":1}'), 'OK'],
  ];
}

function documentCases(): TokenCase[] {
  return [
    ['white space around and inside', withPayload(' {\t"a" :\r\n[ ] } \n'), 'OK'],
    ['a payload that is a string', withPayload('"text"'), 'TOKEN_MALFORMED'],
    ['a payload that is an array', withPayload('[1]'), 'TOKEN_MALFORMED'],
    ['a payload that is null', withPayload('null'), 'TOKEN_MALFORMED'],
    ['a header that is not JSON', withHeader('alg=RS256'), 'TOKEN_MALFORMED'],
    ['a payload that is not JSON', withPayload('iat=1'), 'BODY_NOT_JSON'],
    ['a comma too many', withPayload('{"a":1,}'), 'BODY_NOT_JSON'],
    ['a comment', withPayload('{"a":1/* one */}'), 'BODY_NOT_JSON'],
    ['single quotation marks', withPayload("{'a':1}"), 'BODY_NOT_JSON'],
    ['two documents', withPayload('{"a":1}{"a":2}'), 'BODY_NOT_JSON'],
    ['a cut-off document', withPayload('{"a":1'), 'BODY_NOT_JSON'],
    ['a no-break space between members', withPayload('{"a":1,\u00a0"b":2}'), 'BODY_NOT_JSON'],
    ['a zero byte at the end', withPayload(rawBytes('{"a":1}', 0)), 'BODY_NOT_JSON'],
  ];
}

function textCases(): TokenCase[] {
  return [
    ['Cyrillic and an astral character', withPayload('{"a":"Гривня \u{1f4b5}"}'), 'OK'],
    ['an astral character as two escapes', withPayload('{"a":"\\ud83d\\udcb5"}'), 'OK'],
    ['a byte order mark', withPayload(rawBytes(0xef, 0xbb, 0xbf, '{"a":1}')), 'BODY_NOT_JSON'],
    ['a byte order mark in the header', withHeader(rawBytes(0xef, 0xbb, 0xbf, `{"alg":"RS256",${KID}}`)), 'TOKEN_MALFORMED'],
    ['UTF-16', withPayload(rawBytes('{', 0, '}', 0)), 'BODY_NOT_JSON'],
    ['an overlong slash', withPayload(rawBytes('{"a":"', 0xc0, 0xaf, '"}')), 'BODY_NOT_JSON'],
    ['an overlong quotation mark', withPayload(rawBytes('{"a":"', 0xc0, 0xa2, '"}')), 'BODY_NOT_JSON'],
    ['a surrogate as three bytes', withPayload(rawBytes('{"a":"', 0xed, 0xa0, 0x80, '"}')), 'BODY_NOT_JSON'],
    ['a lone continuation byte', withPayload(rawBytes('{"a":"', 0x80, '"}')), 'BODY_NOT_JSON'],
    ['a character cut off', withPayload(rawBytes('{"a":"', 0xd0, '"}')), 'BODY_NOT_JSON'],
    ['a character beyond Unicode', withPayload(rawBytes('{"a":"', 0xf4, 0x90, 0x80, 0x80, '"}')), 'BODY_NOT_JSON'],
    ['a Latin-1 letter', withPayload(rawBytes('{"a":"', 0xe9, '"}')), 'BODY_NOT_JSON'],
    ['the replacement character itself', withPayload('{"a":"\ufffd"}'), 'OK'],
    ['a lone surrogate as an escape', withPayload('{"a":"\\ud800"}'), 'BODY_NOT_JSON'],
    ['two surrogates in the wrong order', withPayload('{"a":"\\udcb5\\ud83d"}'), 'BODY_NOT_JSON'],
    ['a lone surrogate in a member name', withPayload('{"\\udc00":1}'), 'BODY_NOT_JSON'],
    ['U+0000 as an escape', withPayload('{"a":"\\u0000"}'), 'BODY_NOT_JSON'],
    ['a line feed inside a string', withPayload('{"a":"b\nc"}'), 'BODY_NOT_JSON'],
    ['an unknown escape', withPayload('{"a":"\\x41"}'), 'BODY_NOT_JSON'],
    ['a short escape', withPayload('{"a":"\\u41"}'), 'BODY_NOT_JSON'],
  ];
}

function numberCases(): TokenCase[] {
  return [
    ['an integer beyond 2^53: its source text counts', withPayload('{"a":12345678901234567890}'), 'OK'],
    ['an exponent: its source text counts', withPayload('{"a":1.5e3}'), 'OK'],
    ['minus zero', withPayload('{"a":-0}'), 'OK'],
    ['a number too large for a double', withPayload('{"a":1e400}'), 'BODY_NOT_JSON'],
    ['a leading zero', withPayload('{"a":01}'), 'BODY_NOT_JSON'],
    ['a plus sign', withPayload('{"a":+1}'), 'BODY_NOT_JSON'],
    ['a point without digits behind', withPayload('{"a":1.}'), 'BODY_NOT_JSON'],
    ['a point without digits in front', withPayload('{"a":.5}'), 'BODY_NOT_JSON'],
    ['a hexadecimal number', withPayload('{"a":0x10}'), 'BODY_NOT_JSON'],
    ['NaN', withPayload('{"a":NaN}'), 'BODY_NOT_JSON'],
    ['Infinity', withPayload('{"a":Infinity}'), 'BODY_NOT_JSON'],
    ['Arabic digits', withPayload('{"a":١}'), 'BODY_NOT_JSON'],
  ];
}

function depthCases(): TokenCase[] {
  const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  return [
    ['a payload 16 deep', withPayload(nested(16)), 'OK'],
    ['a payload 17 deep', withPayload(nested(17)), 'JSON_TOO_DEEP'],
    ['a payload of 16 objects in one another', withPayload(objects(16)), 'OK'],
    ['a payload of 17 objects in one another', withPayload(objects(17)), 'JSON_TOO_DEEP'],
    ['a payload 5000 deep', withPayload(nested(5000)), 'JSON_TOO_DEEP'],
    ['a header 17 deep', withHeader(`{"alg":"RS256",${KID},"a":${'['.repeat(16)}${']'.repeat(16)}}`), 'JSON_TOO_DEEP'],
  ];
}
