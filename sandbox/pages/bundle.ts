import { join } from 'node:path';

const WEB = join(import.meta.dirname, '../../web');
const ENTRIES = { home: 'sandbox/home.tsx', shop: 'sandbox/shop.tsx', app: 'sandbox/bank-app.tsx' } as const;
const STYLES = { sandbox: 'sandbox/sandbox.css', fonts: 'sandbox/fonts.css' } as const;

export type PageName = keyof typeof ENTRIES;

export interface PageFile {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Scripts, style and fonts of the sandbox's pages by their names: `home.js`, `shop.js`, `app.js`, `sandbox.css`, `fonts.css` and what they load. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  woff2: 'font/woff2',
};

/** Builds the pages the first time that somebody opens one, and once for a process: they are for people who try the hub out. */
export function pageBundle(): () => Promise<PageFiles> {
  let built: Promise<PageFiles> | null = null;
  return () =>
    (built ??= buildPages().catch((error: unknown) => {
      built = null; // The next visitor tries again.
      throw error;
    }));
}

async function buildPages(): Promise<PageFiles> {
  const { build } = await import('vite');
  const result = await build({
    root: WEB,
    configFile: false,
    logLevel: 'error',
    base: '/pages/',
    // Whatever NODE_ENV says.
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      assetsInlineLimit: 0,
      rollupOptions: {
        input: Object.fromEntries(Object.entries({ ...ENTRIES, ...STYLES }).map(([name, file]) => [name, join(WEB, file)])),
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', assetFileNames: '[name][extname]' },
      },
    },
  });
  const [output] = [result].flat();
  if (!output || !('output' in output)) throw new Error('the pages of the sandbox were not built');
  return new Map(
    output.output.map((part) => [
      part.fileName,
      {
        type: TYPES[part.fileName.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
        body: part.type === 'chunk' ? part.code : part.source,
      },
    ]),
  );
}
