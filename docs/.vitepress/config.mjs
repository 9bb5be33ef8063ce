import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitepress';

import { CHAPTERS } from './chapters.mjs';

const DOCS = fileURLToPath(new URL('..', import.meta.url));

/** A link to what stands in the repository and not in the guide becomes its words; the changelog names chapters from outside. */
function keepInside(md) {
  md.core.ruler.push('inside', (state) => {
    for (const { children } of state.tokens) {
      let outside = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const href = token.attrGet('href') ?? '';
          outside = href.startsWith('../');
          if (href.startsWith('docs/')) token.attrSet('href', `./${href.slice('docs/'.length)}`);
        }
        if (!outside || !token.type.startsWith('link_')) continue;
        token.tag = 'em';
        token.attrs = null;
        if (token.type === 'link_close') outside = false;
        token.type = token.type.replace('link', 'em');
      }
    }
  });
}

const isThere = ({ file }) => existsSync(`${DOCS}${file}.md`);
const item = ({ file, text }) => ({ text, link: file === 'README' ? '/' : `/${file}` });

/** Chapters in their order; one that nobody put in order yet stands at the end, so that none is missing. */
function sidebar() {
  const listed = new Set(CHAPTERS.flatMap(({ chapters }) => chapters.map(({ file }) => file)));
  const others = readdirSync(DOCS)
    .filter((name) => name.endsWith('.md') && !listed.has(name.slice(0, -3)))
    .map((name) => ({ file: name.slice(0, -3), text: name.slice(0, -3).replaceAll('-', ' ') }));
  const groups = [...CHAPTERS, ...(others.length > 0 ? [{ title: 'More', chapters: others }] : [])];
  return groups.map(({ title, chapters }) => ({ text: title, items: chapters.filter(isThere).map(item) }));
}

export default defineConfig({
  title: 'Integration guide',
  description: 'How banks and merchants join the hub.',
  lang: 'en',
  base: '/docs/',
  // A link that leads nowhere fails the build.
  ignoreDeadLinks: false,
  rewrites: { 'README.md': 'index.md' },
  srcExclude: ['recorded/**'],
  // It is built on machines without a network, and asks for nothing when it is read.
  markdown: { config: keepInside },
  themeConfig: {
    logo: '/design/mark.svg',
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: 'local' },
    docFooter: { prev: 'Before', next: 'Next' },
  },
});
