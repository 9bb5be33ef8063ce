import { connect } from 'node:net';

/** The first answer to bytes on a connection; `status` is 0 when the server only hung up. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
  /** The value of Cx-Receipt; '' when there is none. */
  readonly receipt: string;
}

const ANSWER_LIMIT_MS = 15_000;

/**
 * Writes bytes as they are, right HTTP or not, and reads the first answer that is not an interim one. With `hangUp` it says afterwards
 * that nothing more comes. A server that answers and closes before it has read everything has answered.
 */
export function sendRaw(
  origin: string,
  parts: readonly (string | Uint8Array)[],
  { hangUp = false }: { readonly hangUp?: boolean } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const socket = connect(Number(port), hostname);
  const timer = setTimeout(
    () => reject(new Error(`no answer within ${ANSWER_LIMIT_MS} ms to ${String(parts[0]).slice(0, 200)}`)),
    ANSWER_LIMIT_MS,
  );
  let received = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const answer = readAnswer(received, { ended: false });
    if (answer) resolve(answer);
  });
  socket.on('error', () => undefined); // The server closed while we were writing; 'close' follows with whatever it has said.
  socket.on('close', () =>
    resolve(readAnswer(received, { ended: true }) ?? { status: 0, contentType: '', text: '', json: undefined, receipt: '' }),
  );
  for (const part of parts) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
  if (hangUp) socket.end();
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

function readAnswer(bytes: Buffer, { ended }: { readonly ended: boolean }): RawAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.subarray(0, headEnd).toString('latin1');
  const body = bytes.subarray(headEnd + 4);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  if (status >= 100 && status < 200) return readAnswer(body, { ended });
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.POSITIVE_INFINITY);
  if (body.length < length && !ended) return undefined;
  const text = body.subarray(0, Math.min(length, body.length)).toString('utf8');
  const header = (name: string): string => new RegExp(`^${name}: *([^\\r]*)`, 'im').exec(head)?.[1] ?? '';
  return { status, contentType: header('content-type'), text, json: parsed(text), receipt: header('cx-receipt') };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // The caller looks at the text then.
  }
}
