import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

import type { ErrorCode } from '../../../protocol/errors.ts';
import { HEADER_TOKEN_NAME } from '../../../protocol/header-token.ts';
import {
  accepted,
  refused,
  same,
  turnedAway,
  underHeaders,
  variantOf,
  type Expected,
  type Mutation,
  type Original,
  type RawRequest,
} from '../support/mutation.ts';

/** Longest body that is read. Bytes. */
const BODY_MAX = 65_536;

/** The right message with other headers than its token. */
const header = (
  title: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  expected: Expected,
): Mutation => ({ title: `headers: ${title}`, make: (original) => ({ expected, request: underHeaders(original.request, headers) }) });

export const HEADER_MUTATIONS: readonly Mutation[] = [
  ...[
    'application/xml',
    'text/html',
    'application/jose',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'json',
    '',
    '*/*',
    'application/json-seq',
    'application /json',
    'application/json, text/plain',
    `application/${'a'.repeat(4000)}`,
  ].map((type) => header(`content type “${type.slice(0, 40)}”`, { 'content-type': type }, refused('MEDIA_TYPE'))),
  header('no content type', { 'content-type': undefined }, refused('MEDIA_TYPE')),
  ...[
    'text/plain',
    'application/jwt',
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=koi8-u',
    'application/json ;',
  ].map((type) => header(`content type “${type}”`, { 'content-type': type }, same)),
  ...['gzip', 'deflate', 'br', 'zstd', 'compress', 'x-gzip', 'GZIP', 'gzip, identity', 'aws-chunked'].map((coding) =>
    header(`content coding ${coding} of a body that has none`, { 'content-encoding': coding }, refused('MEDIA_TYPE')),
  ),
  header('content coding identity', { 'content-encoding': 'identity' }, same),
  ...['CX-AUTHORIZATION', 'cx-authorization', 'cX-aUTHORIZATION'].map((name): Mutation => ({
    title: `headers: the name ${name}`,
    make: (original) => ({
      expected: same,
      request: underHeaders(original.request, { [HEADER_TOKEN_NAME]: undefined, [name]: original.headerToken }),
    }),
  })),
  ...[
    'X-HTTP-Method-Override',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Forwarded-Host',
    'Forwarded',
    'CF-Connecting-IP',
    'X-Forwarded-For',
  ].map((name) => header(name, { [name]: 'GET' }, same)),
  header('1000 others', Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`x-${at}`, 'a'])), same),
];

const CODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

/** Bodies that are compressed, said to be so or not, under a header token for the bytes that are sent. */
export const COMPRESSION_MUTATIONS: readonly Mutation[] = Object.entries(CODERS).flatMap(([coding, encode]): Mutation[] => [
  {
    title: `body: ${coding}`,
    make: async (original, world) => {
      const request = await variantOf(original, world, { body: () => encode(Buffer.from(original.request.body)) });
      return { expected: refused('MEDIA_TYPE'), request: underHeaders(request, { 'content-encoding': coding }) };
    },
  },
  {
    title: `body: ${coding} without saying so`,
    make: async (original, world) => {
      const request = await variantOf(original, world, { body: () => encode(Buffer.from(original.request.body)) });
      return { expected: refused('BODY_NOT_JSON'), request };
    },
  },
  {
    title: `body: ${coding}, hashed before`,
    make: (original) => ({
      expected: refused('MEDIA_TYPE'),
      request: { ...underHeaders(original.request, { 'content-encoding': coding }), body: encode(Buffer.from(original.request.body)) },
    }),
  },
]);

const SIZES = [1, 2, 3, 10, 100, 1000, 10_000, BODY_MAX - 1, BODY_MAX, BODY_MAX + 1, 100_000, 131_072, 1_000_000, 5_000_000];
const tooLarge = (size: number, otherwise: ErrorCode): Expected => refused(size > BODY_MAX ? 'BODY_TOO_LARGE' : otherwise);
/** What a body of so many equal bytes is; RFC 8259 knows no number that a double cannot hold, and the hub none nested that deep. */
const FILLERS: readonly (readonly [title: string, byte: number, code: (size: number) => ErrorCode])[] = [
  ['letters', 0x61, () => 'BODY_NOT_JSON'],
  ['the first letter of a token', 0x65, () => 'TOKEN_MALFORMED'],
  ['zero bytes', 0, () => 'BODY_NOT_JSON'],
  ['blanks', 0x20, () => 'BODY_NOT_JSON'],
  ['brackets', 0x5b, (size) => (size > 16 ? 'JSON_TOO_DEEP' : 'BODY_NOT_JSON')],
  ['digits', 0x31, (size) => (size > 308 ? 'BODY_NOT_JSON' : 'TOKEN_MISSING')],
  ['bytes that no UTF-8 has', 0xff, () => 'BODY_NOT_JSON'],
];

/** Bodies of 1 byte to 5 MB. */
export const SIZE_MUTATIONS: readonly Mutation[] = [
  ...FILLERS.flatMap(([title, byte, code]) =>
    SIZES.map((size): Mutation => ({
      title: `body: ${size} ${title}`,
      make: async (original, world) => ({
        expected: tooLarge(size, code(size)),
        request: await variantOf(original, world, { body: () => Buffer.alloc(size, byte) }),
      }),
    })),
  ),
  ...SIZES.filter((size) => size > 10_000).map((size): Mutation => ({
    title: `body: the right one and blanks up to ${size} bytes`,
    make: async (original, world) => ({
      expected: size > BODY_MAX ? refused('BODY_TOO_LARGE') : accepted,
      request: await variantOf(original, world, { body: (jwt) => JSON.stringify({ jwt }).padEnd(size) }),
    }),
  })),
];

const path = (title: string, change: (path: string) => string, expected: Expected): Mutation => ({
  title: `path: ${title}`,
  make: (original) => ({ expected, request: { ...original.request, path: change(original.path) } }),
});
/** A path that the token is bound to as it is sent. */
const boundPath = (title: string, change: (path: string) => string, expected: Expected): Mutation => ({
  title: `path: ${title}, bound to it`,
  make: async (original, world) => ({ expected, request: await variantOf(original, world, { path: change(original.path) }) }),
});

export const PATH_MUTATIONS: readonly Mutation[] = [
  path('a query', (right) => `${right}?a=1`, refused('TOKEN_PATH')),
  path('a second slash before it', (right) => `/${right}`, refused('TOKEN_PATH')),
  boundPath('a second slash before it', (right) => `/${right}`, accepted),
  boundPath('a query', (right) => `${right}?a=1`, accepted),
  path('a slash after it', (right) => `${right}/`, refused('NOT_FOUND')),
  path('a second slash in it', (right) => right.replace('counterparty/', 'counterparty//'), refused('NOT_FOUND')),
  path('in upper case', (right) => right.toUpperCase(), refused('NOT_FOUND')),
  path('a letter in percent form', (right) => right.replace('message', 'messag%65'), refused('NOT_FOUND')),
  path('a slash in percent form', (right) => right.replace('/payment', '%2Fpayment'), refused('NOT_FOUND')),
  path('U+0000 in percent form', (right) => `${right}%00`, refused('NOT_FOUND')),
  path('a broken percent form', (right) => `${right}%zz`, refused('NOT_FOUND')),
  path('a semicolon', (right) => `${right};a=b`, refused('NOT_FOUND')),
  path('the guid in upper case', (right) => right.replace(/[\da-f-]{36}/, (guid) => guid.toUpperCase()), refused('FOREIGN_PATH')),
  boundPath('the guid in upper case', (right) => right.replace(/[\da-f-]{36}/, (guid) => guid.toUpperCase()), refused('FOREIGN_PATH')),
  boundPath('no guid', (right) => right.replace(/[\da-f-]{36}/, 'me'), refused('FOREIGN_PATH')),
  boundPath('another path', () => '/api/v1/merchants/emitters', refused('METHOD_NOT_ALLOWED')),
  boundPath('a path that is none', () => '/api/v1/anything', refused('NOT_FOUND')),
  path('16 KB of query', (right) => `${right}?a=${'b'.repeat(16_384)}`, refused('BODY_TOO_LARGE')),
  // A URL is normalized before anybody compares it (WHATWG URL), so these are the same address.
  path('an empty query', (right) => `${right}?`, same),
  path('a dot segment', (right) => right.replace('/v1', '/./v1'), same),
  path('two dot segments', (right) => `/x/..${right}`, same),
  path('a dot segment in percent form', (right) => right.replace('/v1', '/%2e/v1'), same),
  ...['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'].map((method): Mutation => ({
    title: `method: ${method}`,
    make: (original) => ({ expected: refused('METHOD_NOT_ALLOWED'), request: { ...original.request, method } }),
  })),
];

const NAMES_IN_HEAD = /^(?<first>[^\r]*)\r\n(?<headers>[\s\S]*)$/;

/** The right request as bytes, with its head changed, and its body framed by its length. */
function raw(
  title: string,
  change: (head: string) => string,
  expected: Expected,
  frame: (body: string) => string | RawRequest['parts'] = (body) => body,
): Mutation {
  return {
    title: `HTTP: ${title}`,
    make: (original, world) => {
      const head = change(headOf(original, new URL(world.hub.sandbox.edge).host));
      const body = frame(original.request.body);
      return { expected, request: { parts: [`${head}\r\n\r\n`, ...(typeof body === 'string' ? [body] : body)] } };
    },
  };
}

function headOf(original: Original, host: string): string {
  const lines = [
    `POST ${original.path} HTTP/1.1`,
    `Host: ${host}`,
    `${HEADER_TOKEN_NAME}: ${original.headerToken}`,
    'Content-Type: application/json',
    `Content-Length: ${original.request.body.length}`,
  ];
  return lines.join('\r\n');
}

const withLine =
  (line: string) =>
  (head: string): string =>
    `${head}\r\n${line}`;
const instead =
  (name: string, value: string | null) =>
  (head: string): string =>
    head.replace(new RegExp(`\\r\\n${name}:[^\\r]*`, 'i'), value === null ? '' : `\r\n${name}: ${value}`);
const firstLine =
  (change: (line: string) => string) =>
  (head: string): string =>
    head.replace(NAMES_IN_HEAD, (_, first: string, headers: string) => `${change(first)}\r\n${headers}`);
const chunked = (head: string): string => `${instead('Content-Length', null)(head)}\r\nTransfer-Encoding: chunked`;
const inChunks =
  (sizes: number) =>
  (body: string): string => {
    const chunks = body.match(new RegExp(`[\\s\\S]{1,${sizes}}`, 'g')) ?? [];
    return `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
  };
const malformed = refused('HTTP_MALFORMED');

/** What only bytes can say: framing, request line, header syntax. */
export const HTTP_MUTATIONS: readonly Mutation[] = [
  raw('as it should be', (head) => head, same),
  ...[1, 7, 1000, 100_000].map((size) => raw(`in chunks of ${size}`, chunked, same, inChunks(size))),
  raw('in chunks with extensions', chunked, same, (body) => inChunks(500)(body).replace('\r\n', ';a="b"\r\n')),
  raw('in chunks with a trailer', chunked, same, (body) => inChunks(500)(body).replace(/\r\n$/, 'Cx-Authorization: x\r\n\r\n')),
  raw('in chunks, in capital letters', (head) => chunked(head).replace('chunked', 'CHUNKED'), same, inChunks(500)),
  raw('in chunks, with a length as well', withLine('Transfer-Encoding: chunked'), same, inChunks(500)),
  raw('a chunk without a length', chunked, malformed, (body) => `zz\r\n${body}\r\n0\r\n\r\n`),
  raw('a chunk of negative length', chunked, malformed, (body) => `-5\r\n${body}\r\n0\r\n\r\n`),
  raw('a chunk longer than its length', chunked, malformed, (body) => `5\r\n${body}\r\n0\r\n\r\n`),
  raw('a chunk of impossible length', chunked, malformed, (body) => `${'f'.repeat(20)}\r\n${body}\r\n0\r\n\r\n`),
  raw('chunks that are too much', chunked, refused('BODY_TOO_LARGE'), () => inChunks(4096)('x'.repeat(100_000))),
  raw('a length that is too short', instead('Content-Length', '10'), refused('TOKEN_BODY')),
  raw('no length', instead('Content-Length', null), refused('TOKEN_BODY')),
  raw('two equal lengths', (head) => head.replace(/\r\n(Content-Length:[^\r]*)/, '\r\n$1\r\n$1'), same),
  ...['-5', '+5', 'x', '0x10', '1e3', '', '99999999999999999999', '5, 5'].map((length) =>
    raw(`a length of “${length}”`, instead('Content-Length', length), turnedAway),
  ),
  raw('two lengths', withLine('Content-Length: 5'), turnedAway),
  raw('a length of 5 GB', instead('Content-Length', '5000000000'), refused('BODY_TOO_LARGE')),
  ...['post', 'Post', 'FOO', 'POST POST'].map((method) =>
    raw(
      `method ${method}`,
      firstLine((line) => line.replace('POST', method)),
      turnedAway,
    ),
  ),
  ...['HTTP/2.0', 'HTTP/0.9', 'HTTP', 'http/1.1'].map((version) =>
    raw(
      `version ${version}`,
      firstLine((line) => line.replace('HTTP/1.1', version)),
      turnedAway,
    ),
  ),
  raw(
    'version HTTP/1.0',
    firstLine((line) => line.replace('HTTP/1.1', 'HTTP/1.0')),
    same,
  ),
  raw(
    'a blank in the path',
    firstLine((line) => line.replace('-message', ' message')),
    turnedAway,
  ),
  raw(
    'a tab in the path',
    firstLine((line) => line.replace('-message', '\tmessage')),
    turnedAway,
  ),
  raw(
    'a path of backslashes',
    firstLine((line) => line.replaceAll('/api', '\\api')),
    turnedAway,
  ),
  raw(
    'a fragment',
    firstLine((line) => line.replace(' HTTP', '#a HTTP')),
    same,
  ),
  raw('an absolute address', (head) => firstLine((line) => line.replace(' /', ` http://${/Host: (.*)/.exec(head)?.[1]}/`))(head), same),
  raw('line feeds alone', (head) => head.replaceAll('\r\n', '\n'), same),
  raw('a folded header', (head) => head.replace('.', '.\r\n '), turnedAway),
  raw('a header without a name', withLine(': x'), turnedAway),
  raw('a header without a colon', withLine('junk'), turnedAway),
  raw('a blank before the colon', (head) => head.replace(`${HEADER_TOKEN_NAME}:`, `${HEADER_TOKEN_NAME} :`), turnedAway),
  raw('U+0000 in a header', (head) => head.replace(`${HEADER_TOKEN_NAME}: e`, `${HEADER_TOKEN_NAME}: e\u{0}`), turnedAway),
  raw(
    'a control character in a header',
    (head) => head.replace(`${HEADER_TOKEN_NAME}: e`, `${HEADER_TOKEN_NAME}: e\u{1}`),
    refused('TOKEN_MALFORMED'),
  ),
  raw('blanks around the token', (head) => head.replace(`${HEADER_TOKEN_NAME}: `, `${HEADER_TOKEN_NAME}:\t  `), same),
  raw('no host', instead('Host', null), turnedAway),
  raw('two hosts', withLine('Host: another.example'), malformed),
  ...['a b', '[', '%', '256.256.256.256', 'a:99999'].map((host) => raw(`host “${host}”`, instead('Host', host), malformed)),
  raw('a host with a name before it', instead('Host', 'user@another.example'), same),
  raw('a host with a path', instead('Host', 'another.example/x'), refused('NOT_FOUND')),
  raw('another host', instead('Host', 'another.example'), same),
  raw('waits to be told to go on', withLine('Expect: 100-continue'), same),
  raw('would rather be a WebSocket', (head) => `${head}\r\nUpgrade: websocket\r\nConnection: Upgrade`, same),
  raw('TLS', () => '\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}', turnedAway),
  raw('HTTP/2 by prior knowledge', () => 'PRI * HTTP/2.0\r\n\r\nSM', turnedAway),
  raw('nothing but line ends', () => '\r\n\r\n', turnedAway),
  {
    title: 'HTTP: the connection ends in the middle of the body',
    make: (original, world) => {
      const head = headOf(original, new URL(world.hub.sandbox.edge).host);
      return { expected: turnedAway, request: { parts: [`${head}\r\n\r\n`, original.request.body.slice(0, 500)], hangUp: true } };
    },
  },
];
