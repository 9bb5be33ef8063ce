import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { format, resolveConfig } from 'prettier';

import type { Exchange, MailSaid, Recording, Said } from './recording.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');
const chapterFile = (chapter: string): string => join(DOCS, `${chapter}.md`);
const recordingFile = (chapter: string): string => join(DOCS, 'recorded', `${chapter}.json`);

/** What docs/recorded/ has for a chapter. */
export async function readRecording(chapter: string): Promise<Recording> {
  return JSON.parse(await readFile(recordingFile(chapter), 'utf8')) as Recording; // Written by writeChapter.
}

/** Writes a recording, and its messages between the marks of the chapter. Throws for a mark without a message and a message without a mark. */
export async function writeChapter(chapter: string, recording: Recording): Promise<void> {
  await writeFile(recordingFile(chapter), await pretty(recordingFile(chapter), JSON.stringify(recording)));
  await writeFile(chapterFile(chapter), await filledChapter(chapter, recording));
}

/** The text of a chapter as it is, and as it is with these messages between its marks. */
export async function chapterTexts(chapter: string, recording: Recording): Promise<{ readonly asIs: string; readonly filled: string }> {
  return { asIs: await readFile(chapterFile(chapter), 'utf8'), filled: await filledChapter(chapter, recording) };
}

const MARKED = /<!-- recorded: (\S+) -->\n.*?<!-- end -->/gs;

async function filledChapter(chapter: string, recording: Recording): Promise<string> {
  const unused = new Set(Object.keys(recording));
  const text = (await readFile(chapterFile(chapter), 'utf8')).replaceAll(MARKED, (_, name: string) => {
    const exchange = recording[name];
    if (!exchange) throw new Error(`docs/${chapter}.md shows ${name}, which its scene does not record`);
    unused.delete(name);
    return `<!-- recorded: ${name} -->\n\n${shown(exchange)}\n\n<!-- end -->`;
  });
  if (unused.size > 0) throw new Error(`docs/${chapter}.md has no place for ${[...unused].join(', ')}`);
  return await pretty(chapterFile(chapter), text);
}

function shown({ from, to, line, request, status, answer }: Exchange): string {
  if (request?.form === 'mail') return [`**${from} → ${to}**: ${line}`, ...mailBoxes(request.content)].join('\n\n');
  return [
    `**${from} → ${to}**: ${line === 'GraphQL' ? line : `\`${line}\``}${formOf(request)}`,
    ...boxes(request),
    `**Answer**: ${status ?? 'none'}${formOf(answer)}`,
    ...boxes(answer),
  ].join('\n\n');
}

function mailBoxes({ headers, text, files }: MailSaid): readonly string[] {
  const box = (content: string): string => `\`\`\`text\n${content.trimEnd()}\n\`\`\``;
  return [box(`${headers.join('\n')}\n\n${text}`), ...files.flatMap((file) => [`\`${file.name}\``, box(file.text)])];
}

function formOf(said: Said): string {
  return said?.form === 'jwt' ? ', a JWT with these claims' : '';
}

function boxes(said: Said): readonly string[] {
  if (said === null || said.form === 'mail') return [];
  const json = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
  return said.form === 'graphql' ? [`\`\`\`graphql\n${said.query}\n\`\`\``, json(said.variables)] : [json(said.content)];
}

async function pretty(file: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
