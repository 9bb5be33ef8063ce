import { Readable } from 'node:stream';

import { answer, type ActorAnswer, type ActorRequest } from '../http-server.ts';
import { pageAnswer } from './page-answer.ts';
import type { PagesWorld } from './pages-world.ts';
import { savedOperations } from './saved-operations.ts';

/** Where GraphiQL sends its operations: here, because a page of another origin may not use a secret key at the gateway. */
export const GRAPHIQL_ENDPOINT = '/graphiql/graphql';

/** GraphiQL with every credential of the sandbox filled in and operations to try. Its files come from npm; nothing is loaded from elsewhere. */
export function graphiqlPage(world: PagesWorld): ActorAnswer {
  const tabs = savedOperations(world.credentials, world.businessNow());
  const options = {
    title: 'GraphQL of the hub',
    endpoint: GRAPHIQL_ENDPOINT,
    subscriptionsProtocol: 'SSE',
    shouldPersistHeaders: true,
    defaultTabs: tabs,
    headers: tabs[0]?.headers, // The first tab takes its own from here.
  };
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self' 'unsafe-inline'", // The editor writes styles.
    "font-src 'self' data:",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${options.title}</title>
<link rel="stylesheet" href="/graphiql/style.css">
</head>
<body id="body" class="no-focus-outline">
<div id="root"></div>
<script type="application/json" id="options">${JSON.stringify(options).replaceAll('<', String.raw`\u003c`)}</script>
<script src="/graphiql/environment.js"></script>
<script src="/graphiql/graphiql.js"></script>
<script src="/graphiql/start.js"></script>
</body>
</html>`;
  return pageAnswer(body, policy);
}

const ENVIRONMENT = `self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_, label) => '/graphiql/worker-' + (label === 'json' || label === 'graphql' ? label : 'editor') + '.js',
};`;
const START = `YogaGraphiQL.renderYogaGraphiQL(
  document.getElementById('root'),
  JSON.parse(document.getElementById('options').textContent),
);`;

/** Nine megabytes that only somebody who opens GraphiQL needs. */
export async function graphiqlFile(name: string): Promise<ActorAnswer | null> {
  const graphiql = await import('@graphql-yoga/render-graphiql/graphiql');
  const scripts: Readonly<Record<string, string>> = {
    'environment.js': ENVIRONMENT,
    'graphiql.js': graphiql.js,
    'start.js': START,
    'worker-editor.js': graphiql.editorWorkerService,
    'worker-json.js': graphiql.jsonWorker,
    'worker-graphql.js': graphiql.graphqlWorker,
  };
  if (name === 'style.css') return { ...answer(200, graphiql.css), contentType: 'text/css; charset=utf-8' };
  const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
  return script === undefined ? null : { ...answer(200, script), contentType: 'text/javascript; charset=utf-8' };
}

/** Passes an operation on to the gateway, and its answer back as it comes: a stream's events one by one. */
export async function passToGateway({ gateway }: PagesWorld, request: ActorRequest): Promise<ActorAnswer> {
  const { accept = 'application/json', authorization } = request.headers;
  const headers = { 'content-type': 'application/json', accept, ...(authorization === undefined ? {} : { authorization }) };
  const response = await fetch(gateway, { method: 'POST', headers, body: request.body });
  const body = response.body ? Readable.from(response.body) : '';
  return { ...answer(response.status, body), contentType: response.headers.get('content-type') ?? 'application/json' };
}
