import { readFile } from 'node:fs/promises';
import type http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Logger } from '../kernel/runtime/logger.ts';

/** What the console is told when it starts. */
export interface ConsoleSettings {
  readonly brand: string;
  /** Who gives credentials for every role; null outside of the sandbox. */
  readonly sandboxUrl: string | null;
  /** Where the hub publishes its keys, with which the page checks by itself what the hub has signed. */
  readonly edgeUrl: string;
}

export interface ConsoleOptions {
  /** Where `npm run build` puts the console. */
  readonly folder?: string;
  readonly settings: ConsoleSettings;
  readonly logger: Logger;
}

const CONSOLE_PATH = '/console';
const BUILT = fileURLToPath(new URL('../web/console/dist', import.meta.url));
/** Names that the build gives: the hash in them changes with the content. */
const ASSET = /^\/console\/assets\/(?<name>[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?<extension>js|css|woff2|svg))$/;
const TYPES = new Map([
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['woff2', 'font/woff2'],
  ['svg', 'image/svg+xml'],
]);
const PAGE_TYPE = 'text/html; charset=utf-8';
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Whether a request is for the console, and not for the endpoint. */
export function isForConsole({ url = '' }: Pick<http.IncomingMessage, 'url'>): boolean {
  const asked = pathOf(url);
  return asked === CONSOLE_PATH || asked.startsWith(`${CONSOLE_PATH}/`);
}

/**
 * Serves the operations console: its files, and its page for every other address below /console, because the page itself reads the
 * address. Nothing here knows of anybody's credential; the console asks the endpoint like every client.
 */
export function createConsoleListener({ folder = BUILT, settings, logger }: ConsoleOptions): http.RequestListener {
  const headers = securityHeaders(settings);
  const serve = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const { status, type, cache, encoding, body } = await answerOf(request, { folder, settings });
    response.writeHead(status, {
      ...headers,
      'content-type': type,
      'content-length': body.length,
      'cache-control': cache,
      vary: 'accept-encoding',
      ...(encoding === null ? {} : { 'content-encoding': encoding }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      logger.error({ err: error }, 'the console was not served');
      response.destroy();
    });
  };
}

/** Styles are written by the component library while the page runs; scripts are files of ours and nothing else. */
function securityHeaders({ sandboxUrl, edgeUrl }: ConsoleSettings): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' data:",
    ["connect-src 'self'", ...[edgeUrl, sandboxUrl].flatMap((url) => (url === null ? [] : [new URL(url).origin]))].join(' '),
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  };
}

interface Served {
  readonly status: number;
  readonly type: string;
  readonly cache: string;
  readonly encoding: 'br' | null;
  readonly body: Buffer;
}

async function answerOf(
  { method, url = '', headers }: http.IncomingMessage,
  { folder, settings }: Required<Omit<ConsoleOptions, 'logger'>>,
): Promise<Served> {
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'Use GET.');
  const asked = pathOf(url);
  if (asked === `${CONSOLE_PATH}/settings.json`) return json(settings);
  const brotli = /\bbr\b/.test(headers['accept-encoding'] ?? '');
  const { name, extension = '' } = ASSET.exec(asked)?.groups ?? {};
  if (name !== undefined) {
    const file = await fileOf(path.join(folder, 'assets', name), brotli);
    return file ? { status: 200, type: TYPES.get(extension) ?? PAGE_TYPE, cache: IMMUTABLE, ...file } : text(404, 'There is no such file.');
  }
  if (asked.startsWith(`${CONSOLE_PATH}/assets/`)) return text(404, 'There is no such file.');
  const page = await fileOf(path.join(folder, 'index.html'), brotli);
  return page
    ? { status: 200, type: PAGE_TYPE, cache: 'no-cache', ...page }
    : text(503, 'The console is not built yet: npm start does it, or npm run build.');
}

async function fileOf(file: string, brotli: boolean): Promise<Pick<Served, 'body' | 'encoding'> | null> {
  const small = brotli ? await readIfThere(`${file}.br`) : null;
  if (small) return { body: small, encoding: 'br' };
  const body = await readIfThere(file);
  return body && { body, encoding: null };
}

async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function json(value: unknown): Served {
  const body = Buffer.from(JSON.stringify(value));
  return { status: 200, type: 'application/json; charset=utf-8', cache: 'no-store', encoding: null, body };
}

function text(status: number, body: string): Served {
  return { status, type: 'text/plain; charset=utf-8', cache: 'no-store', encoding: null, body: Buffer.from(body) };
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
