import { decodeBase64url } from '../../protocol/base64.ts';
import { decodeUtf8, readStrictJson } from '../../protocol/strict-json.ts';
import { TOKEN_LENGTH_MAX } from '../../protocol/token.ts';

const SEGMENTS = ['header', 'payload', 'signature'] as const;

/** What exactly keeps a text from being three canonical segments, for a person who is looking for it; undefined when nothing does. */
export function problemOfForm(text: string): string | undefined {
  if (text === '') return 'there is nothing.';
  if (text.length > TOKEN_LENGTH_MAX) return `it has ${text.length} characters; the longest that is read has ${TOKEN_LENGTH_MAX}.`;
  if (/^bearer\s/i.test(text)) return 'it begins with "Bearer"; the header holds the token alone.';
  if (/^["']|["']$/.test(text)) return 'it stands in quotation marks.';
  if (text.startsWith('{')) return 'it is JSON; the compact form is header.payload.signature.';
  const space = /\s/.exec(text);
  if (space) return `there is white space at character ${space.index + 1}.`;
  const segments = text.split('.');
  if (segments.length === 5) return 'it has five segments: an encrypted token (JWE), where a signed one belongs.';
  if (segments.length !== 3) return `it has ${segments.length} segment${segments.length === 1 ? '' : 's'}; there are three.`;
  for (const [at, segment] of segments.entries()) {
    const problem = problemOfSegment(segment);
    if (problem !== undefined) return `the ${SEGMENTS[at]} ${problem}`;
  }
  return undefined;
}

function problemOfSegment(segment: string): string | undefined {
  if (segment === '') return 'is empty.';
  if (segment.includes('=')) return 'is padded with "="; base64url in a token has no padding.';
  if (/[+/]/.test(segment)) return 'is written in standard base64 ("+", "/"); a token uses "-" and "_".';
  const stranger = /[^\w-]/.exec(segment);
  if (stranger) return `has a character that base64url does not know, at ${stranger.index + 1}.`;
  if (segment.length % 4 === 1) return 'is cut off: a length of 4n + 1 is no base64url.';
  if (decodeBase64url(segment) === undefined) return 'ends in bits that belong to no byte; encode its bytes again.';
  return undefined;
}

/** Which of header and payload is at fault for a code of its JSON. The form must be right. */
export function problemOfJson(text: string): string | undefined {
  for (const [at, segment] of text.split('.').slice(0, 2).entries()) {
    const part = SEGMENTS[at];
    const content = decodeUtf8(decodeBase64url(segment) ?? new Uint8Array());
    if (content === undefined) return `the ${part} is not UTF-8.`;
    if (content.startsWith('\ufeff')) return `the ${part} begins with a byte order mark.`;
    const json = readStrictJson(content);
    if (json.ok) continue;
    const why = {
      BODY_NOT_JSON: 'is not strict JSON',
      JSON_DUPLICATE_MEMBER: 'has a member twice',
      JSON_FORBIDDEN_MEMBER: 'has a member __proto__, constructor or prototype',
      JSON_TOO_DEEP: 'is nested more than 16 deep',
      BODY_TOO_LARGE: 'is too large',
    }[json.failure.code];
    return `the ${part} ${why}: ${shortened(content)}`;
  }
  return undefined;
}

/** A text for one line of a report. */
export function shortened(text: string, lengthMax = 300): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= lengthMax ? line : `${line.slice(0, lengthMax)}… (${line.length} characters)`;
}
