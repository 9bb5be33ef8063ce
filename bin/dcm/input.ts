import { readFile } from 'node:fs/promises';

import { ERROR_CATALOGUE, type ErrorCode } from '../../protocol/errors.ts';
import { decodeUtf8, isJsonObject, type JsonObject, readStrictJson } from '../../protocol/strict-json.ts';
import { DcmError, EXIT, type Terminal } from './terminal.ts';

/** Reads a file, or standard input for `-`. */
export async function readInput(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return terminal.readInput();
  const text = await readIfThere(file);
  if (text === undefined) throw new DcmError(`there is no file ${file} that can be read.`);
  return text;
}

/** The content of a file, or undefined when it is not there, may not be read, or is no text: what is replaced in reading could not be compared. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return decodeUtf8(await readFile(file));
  } catch {
    return undefined; // The caller says what that means.
  }
}

/** Text that is to leave this machine. Refuses what looks like a private key, whoever named the wrong file. */
export function forSending(text: string, file: string): string {
  if (looksPrivate(text)) throw new DcmError(`${file} holds a private key. Nothing was signed and nothing was sent.`, EXIT.USAGE);
  return text;
}

function looksPrivate(text: string): boolean {
  if (/PRIVATE KEY-----/.test(text)) return true;
  return /"kty"/.test(text) && /"(d|k)"\s*:/.test(text);
}

/** Reads a JSON object as strictly as the hub does, so that a problem shows here and not there. */
export function readObject(text: string, what: string): JsonObject {
  const json = readStrictJson(text);
  if (!json.ok) throw new DcmError(`${what}: ${ERROR_CATALOGUE[json.failure.code].description}`);
  if (!isJsonObject(json.value.value)) throw new DcmError(`${what} is JSON, but not an object.`);
  return json.value.value;
}

/** A code of the catalogue, its sentence, and the status with which the hub answers it. */
export function explainCode(code: ErrorCode): string {
  const { description, status } = ERROR_CATALOGUE[code];
  return `${code}: ${description} (HTTP ${status})`;
}
