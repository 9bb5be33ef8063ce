import { answer, type ActorAnswer, type ActorRequest } from '../http-server.ts';
import { BANKS, ibanOf, MERCHANTS } from '../world.ts';
import { type PageFiles, type PageName, pageBundle } from './bundle.ts';
import { pageAnswer } from './page-answer.ts';
import type { PagesWorld } from './pages-world.ts';
import { GRAPHIQL_ENDPOINT, graphiqlFile, graphiqlPage, passToGateway } from './graphiql.ts';
import { logoOf, pictureOf } from './drawings.ts';

export interface Pages {
  /** Null when the path is no page's. */
  answer(request: ActorRequest): Promise<ActorAnswer | null>;
}

/** The sandbox as a place to look at: a first page, the shops, the banks' apps, GraphiQL, logos and pictures. */
export function createPages(world: PagesWorld): Pages {
  const bundle = pageBundle();
  return {
    async answer(request) {
      const { method, path } = request;
      if (method === 'POST' && path === GRAPHIQL_ENDPOINT) return passToGateway(world, request);
      if (method !== 'GET') return null;
      const [first = '', second = '', ...more] = path.split('/').slice(1);
      if (more.length > 0) return null;
      switch (first) {
        case '':
          return page(world, 'home', 'DCM sandbox');
        case 'shops':
          return MERCHANTS.some(({ slot }) => slot === second) ? page(world, 'shop', nameOf(second)) : null;
        case 'apps':
          return BANKS.some(({ slot }) => slot === second) ? page(world, 'app', nameOf(second)) : null;
        case 'pages':
          return file(await bundle(), second);
        case 'logos':
          return drawing(second, logoOf);
        case 'goods':
          return drawing(second, pictureOf);
        case 'world':
          return answer(200, { ...publicWorld(world), now: world.businessNow().toISOString() });
        case 'graphiql':
          return second === '' ? graphiqlPage(world) : graphiqlFile(second);
        default:
          return null;
      }
    },
  };
}

function nameOf(slot: string): string {
  return [...BANKS, ...MERCHANTS].find((actor) => actor.slot === slot)?.name ?? slot;
}

/** An empty page whose script draws it. Nothing inline; scripts come from the sandbox and from the edge, as on a shop's real page. */
function page({ gateway, edge }: PagesWorld, name: PageName, title: string): ActorAnswer {
  const { origin, host } = new URL(gateway);
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${edge}`,
    "style-src 'self'",
    "font-src 'self'",
    `img-src 'self' ${edge}`,
    `connect-src 'self' ${origin} ws://${host}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
  const body = `<!doctype html>
<html lang="uk">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/logos/bystander.svg">
<link rel="stylesheet" href="/pages/sandbox.css">
<script type="module" src="/pages/${name}.js"></script>
</head>
<body><div id="page"></div></body>
</html>`;
  return pageAnswer(body, policy);
}

function file(files: PageFiles, name: string): ActorAnswer | null {
  const found = files.get(name);
  return found ? { ...answer(200, found.body), contentType: found.type, headers: { 'cache-control': 'no-cache' } } : null;
}

function drawing(name: string, drawn: (name: string) => string | null): ActorAnswer | null {
  const found = name.endsWith('.svg') ? drawn(name.slice(0, -4)) : null;
  if (found === null) return null;
  // Logos are shown on the hosted payment page and on the pages of shops, which have other origins.
  return { ...answer(200, found), contentType: 'image/svg+xml', headers: { 'cross-origin-resource-policy': 'cross-origin' } };
}

/** What everybody who opens the sandbox may know; balances and histories have addresses of their own. */
function publicWorld({ gateway, edge, console, idOf }: PagesWorld) {
  return {
    gateway,
    edge,
    console,
    banks: BANKS.map(({ slot, name, bic, appScheme, people }) => ({
      slot,
      guid: idOf(slot),
      name,
      appScheme,
      people: people.map((person) => ({ name: person.name, phone: person.phone, iban: ibanOf(bic, person.accountNumber) })),
    })),
    shops: MERCHANTS.map(({ slot, name, goods }) => ({
      slot,
      uid: idOf(slot),
      name,
      goods: goods.map(({ priceMinor, ...good }) => ({ ...good, priceMinor: String(priceMinor) })),
    })),
  };
}
