import { createHash, createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';

import { fail, ok, type Result } from '../../core/result.ts';
import type { HubSecrets, MacSecret } from '../secrets.ts';

/**
 * Whose events a stream carries: those that name a participant in their audience; all, for operations; or those of one subject, for
 * somebody who may watch that alone and to whom a participant's numbers would tell how busy it is.
 */
export type StreamScope = 'all' | { readonly participant: string } | { readonly subject: string };

/** What a stream leaves out. */
export interface StreamFilter {
  readonly subject?: string;
  readonly types?: readonly string[];
}

/** CURSOR_INVALID: not ours or changed. CURSOR_SCOPE: ours, of another participant, stream or filter. */
export type CursorSyntaxFailure = { readonly code: 'CURSOR_INVALID' | 'CURSOR_SCOPE' };

/** A place in a log: positions mean something only within one epoch, which a restore raises. */
export interface LogPlace {
  readonly epoch: number;
  readonly position: bigint;
}

/** Makes and reads the cursors of one stream. 48 URL-safe characters, authenticated, not secret. */
export interface CursorCodec {
  encode(place: LogPlace): string;
  decode(text: string): Result<LogPlace, CursorSyntaxFailure>;
}

/*
 * version 1 | key id 1 | epoch 2 | scope hash 4 | filter hash 4 | position 8 | HMAC-SHA256, first 16 bytes
 * The hashes are there to tell CURSOR_SCOPE from CURSOR_INVALID; the tag is what cannot be forged.
 */
const VERSION = 1;
const BODY_BYTES = 20;
const TAG_BYTES = 16;
const CURSOR_TEXT = /^[A-Za-z0-9_-]{48}$/;

/** Cursor keys of the hub, made into key objects once per process: that is what makes a cursor cost 4 µs. */
export interface CursorKeys {
  readonly newest: CursorKey;
  readonly all: readonly CursorKey[];
}

interface CursorKey {
  readonly id: number;
  readonly key: KeyObject;
}

/** The cursor keys of the moment: they follow the ring. */
export function createCursorKeys(secrets: Pick<HubSecrets, 'cursor'>): CursorKeys {
  let ring: readonly MacSecret[] = [];
  let keys: readonly CursorKey[] = [];
  const current = (): readonly CursorKey[] => {
    if (secrets.cursor !== ring) {
      ring = secrets.cursor;
      keys = ring.map((secret) => ({ id: hash32(secret.kid).readUInt8(0), key: createSecretKey(secret.key) }));
    }
    return keys;
  };
  return {
    get newest() {
      const [newest] = current();
      if (!newest) throw new Error('cursors need a key');
      return newest;
    },
    get all() {
      return current();
    },
  };
}

export function createCursorCodec(options: {
  readonly keys: CursorKeys;
  /** Which streams: the log's name, or a name of their own when the log has several kinds. */
  readonly streamName: string;
  readonly scope: StreamScope;
  readonly filter: StreamFilter;
}): CursorCodec {
  const { keys, scope, filter } = options;
  const who = scope === 'all' ? ['all'] : Object.entries(scope).flat();
  const scopeHash = hash32(JSON.stringify([options.streamName, ...who]));
  const filterHash = hash32(JSON.stringify([filter.subject ?? null, filter.types ? [...new Set(filter.types)].sort() : null]));
  const stream = Buffer.concat([scopeHash, filterHash]);

  return {
    encode({ epoch, position }) {
      const bytes = Buffer.alloc(BODY_BYTES + TAG_BYTES);
      bytes.writeUInt8(VERSION, 0);
      bytes.writeUInt8(keys.newest.id, 1);
      bytes.writeUInt16BE(epoch & 0xffff, 2);
      stream.copy(bytes, 4);
      bytes.writeBigUInt64BE(position, 12);
      tagOf(keys.newest.key, bytes).copy(bytes, BODY_BYTES, 0, TAG_BYTES);
      return bytes.toString('base64url');
    },
    decode(text) {
      if (!CURSOR_TEXT.test(text)) return fail({ code: 'CURSOR_INVALID' });
      const bytes = Buffer.from(text, 'base64url');
      const candidates = keys.all.filter((key) => key.id === bytes.readUInt8(1));
      if (bytes.readUInt8(0) !== VERSION || !candidates.some(({ key }) => isTagged(key, bytes))) return fail({ code: 'CURSOR_INVALID' });
      if (!bytes.subarray(4, 12).equals(stream)) return fail({ code: 'CURSOR_SCOPE' });
      return ok({ epoch: bytes.readUInt16BE(2), position: bytes.readBigUInt64BE(12) });
    },
  };
}

function tagOf(key: KeyObject, bytes: Buffer): Buffer {
  return createHmac('sha256', key).update(bytes.subarray(0, BODY_BYTES)).digest();
}

function isTagged(key: KeyObject, bytes: Buffer): boolean {
  return timingSafeEqual(tagOf(key, bytes).subarray(0, TAG_BYTES), bytes.subarray(BODY_BYTES));
}

function hash32(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, 4);
}
