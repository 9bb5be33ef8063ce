import { BLANK, html, joined, type Html } from '../core/html.ts';

/** A sentence for everybody who reads the mail. */
export interface Bilingual {
  readonly uk: string;
  readonly en: string;
}

/** Names and values, or a table; in a table `numbers` are the columns that are set to the right. */
export type MailSection =
  | { readonly kind: 'facts'; readonly title: string; readonly facts: readonly (readonly [name: string, value: string])[] }
  | {
      readonly kind: 'table';
      readonly title: string;
      readonly columns: readonly string[];
      readonly numbers: readonly number[];
      readonly rows: readonly (readonly string[])[];
      readonly note: string | null;
    };

/** What a mail says; it is printed as HTML and as plain text. */
export interface MailDocument {
  readonly brandName: string;
  readonly title: Bilingual;
  readonly sentences: readonly Bilingual[];
  readonly sections: readonly MailSection[];
  readonly link: { readonly url: string; readonly words: Bilingual } | null;
}

// Mail programs keep styles that stand at the element, and little else.
const FONT = "font-family:Onest,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const INK = '#15171c';
const INK_2 = '#4d525c';
const LINE = '#e8e5de';
const PAPER = '#f5f4f0';
const STYLES = {
  body: `margin:0;padding:0;background:${PAPER};color:${INK};${FONT};font-size:15px;line-height:1.5`,
  card: `background:#ffffff;border:1px solid ${LINE};border-radius:14px;padding:28px`,
  brand: `padding:24px 4px 14px;font-weight:600;font-size:15px`,
  h1: 'margin:0;font-size:22px;line-height:1.3;font-weight:650;letter-spacing:-0.01em',
  english: `margin:2px 0 18px;color:${INK_2};font-size:15px`,
  p: 'margin:0 0 10px',
  h2: 'margin:26px 0 8px;font-size:15px;font-weight:600',
  name: `padding:7px 16px 7px 0;border-top:1px solid ${LINE};color:${INK_2};text-align:left;font-weight:400;vertical-align:top;width:220px`,
  value: `padding:7px 0;border-top:1px solid ${LINE};text-align:left;vertical-align:top;word-break:break-word`,
  head: `padding:6px 12px 6px 0;color:${INK_2};font-weight:500;font-size:12px;text-align:left;vertical-align:bottom`,
  cell: `padding:6px 12px 6px 0;border-top:1px solid ${LINE};font-size:13px;text-align:left;vertical-align:top`,
  number: `padding:6px 12px 6px 0;border-top:1px solid ${LINE};font-size:13px;text-align:right;vertical-align:top;white-space:nowrap;font-variant-numeric:tabular-nums`,
  button: `display:inline-block;margin-top:22px;padding:12px 20px;border-radius:10px;background:${INK};color:#ffffff;text-decoration:none;font-weight:600`,
  foot: `padding:16px 4px 28px;color:${INK_2};font-size:13px`,
} as const;

const FOOT: Bilingual = {
  uk: 'Лист надіслано автоматично: відповідати на нього не потрібно.',
  en: 'This mail was sent automatically; there is no need to answer it.',
};

/** Nothing that somebody wrote gets into it unescaped: every value goes through `html`. It loads nothing from anywhere. */
export function mailHtml({ brandName, title, sentences, sections, link }: MailDocument): string {
  const button = link
    ? html`<a href="${link.url}" target="_blank" rel="noopener noreferrer" style="${STYLES.button}">${link.words.uk} · ${link.words.en}</a>`
    : BLANK;
  return html`<!doctype html>
    <html lang="uk">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <title>${title.uk}</title>
      </head>
      <body style="${STYLES.body}">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0">
          <tr>
            <td align="center" style="padding:0 12px">
              <table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:880px">
                <tr>
                  <td style="${STYLES.brand}">${brandName}</td>
                </tr>
                <tr>
                  <td style="${STYLES.card}">
                    <h1 style="${STYLES.h1}">${title.uk}</h1>
                    <p lang="en" style="${STYLES.english}">${title.en}</p>
                    ${joined(sentences.map(paragraph))}${joined(sections.map(section))}${button}
                  </td>
                </tr>
                <tr>
                  <td style="${STYLES.foot}">${FOOT.uk}<br /><span lang="en">${FOOT.en}</span></td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html> `.html;
}

function paragraph({ uk, en }: Bilingual): Html {
  return html`<p style="${STYLES.p}">${uk}<br /><span lang="en" style="color:${INK_2}">${en}</span></p>`;
}

function section(part: MailSection): Html {
  switch (part.kind) {
    case 'facts': {
      const rows = part.facts.map(
        ([name, value]) =>
          html`<tr>
            <th scope="row" style="${STYLES.name}">${name}</th>
            <td style="${STYLES.value}">${value}</td>
          </tr>`,
      );
      return html`<h2 style="${STYLES.h2}">${part.title}</h2>
        <table cellpadding="0" cellspacing="0" width="100%" style="border-collapse:collapse">
          ${joined(rows)}
        </table>`;
    }
    case 'table': {
      const align = (index: number): string => (part.numbers.includes(index) ? ';text-align:right' : '');
      const head = part.columns.map((column, index) => html`<th scope="col" style="${STYLES.head}${align(index)}">${column}</th>`);
      const rows = part.rows.map(
        (cells) =>
          html`<tr>
            ${joined(cells.map((cell, index) => html`<td style="${part.numbers.includes(index) ? STYLES.number : STYLES.cell}">${cell}</td>`))}
          </tr>`,
      );
      const note = part.note === null ? BLANK : html`<p style="margin:10px 0 0;color:${INK_2};font-size:13px">${part.note}</p>`;
      return html`<h2 style="${STYLES.h2}">${part.title}</h2>
        <div style="overflow-x:auto">
          <table cellpadding="0" cellspacing="0" width="100%" style="border-collapse:collapse">
            <tr>
              ${joined(head)}
            </tr>
            ${joined(rows)}
          </table>
        </div>
        ${note}`;
    }
    default:
      return part satisfies never;
  }
}

/** The same for who reads no HTML. */
export function mailText({ brandName, title, sentences, sections, link }: MailDocument): string {
  const lines = [title.uk, title.en, ''];
  for (const { uk, en } of sentences) lines.push(uk, en, '');
  for (const part of sections) lines.push(...sectionLines(part), '');
  if (link) lines.push(`${link.words.uk} · ${link.words.en}: ${link.url}`, '');
  return `${[...lines, '-- ', brandName, FOOT.uk, FOOT.en].join('\n')}\n`;
}

function sectionLines(part: MailSection): readonly string[] {
  switch (part.kind) {
    case 'facts':
      return [part.title, ...part.facts.map(([name, value]) => `  ${name}: ${oneLine(value)}`)];
    case 'table':
      return [
        part.title,
        `  ${part.columns.join(' | ')}`,
        ...part.rows.map((row) => `  ${row.map(oneLine).join(' | ')}`),
        ...(part.note === null ? [] : [part.note]),
      ];
    default:
      return part satisfies never;
  }
}

/** What somebody wrote stays on its line, so that it cannot look like another one of ours. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
