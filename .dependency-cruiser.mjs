// Who may import whom. ARCHITECTURE.md explains the rules; test/import-rules.test.ts plants a violation of each and expects its name.
// Everything that is not listed under `to.pathNot` of a folder's rule is an error.

const SUBGRAPH = '^subgraphs/([^/]+)';
const OWN_DOMAIN = '^subgraphs/$1/domain/';
const OWN_APP = '^subgraphs/$1/app/';
const TEST_FILE = '\\.test\\.ts$';
const PACKAGES = 'node_modules/';

/** One rule: files under `from` may import only what `allowed` lists (tests beside the code are free to import test packages). */
function only(name, comment, from, allowed) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from, pathNot: TEST_FILE },
    to: { pathNot: allowed },
  };
}

export default {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle of values hides an idea that wants a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolved',
      comment: 'Every import must resolve.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^cloudflare:' },
    },
    {
      name: 'nothing-imports-test',
      comment: 'Product code never depends on tests.',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'nothing-imports-bin',
      comment: 'bin/ holds composition roots that people start.',
      severity: 'error',
      from: { pathNot: '^(bin|test)/' },
      to: { path: '^bin/' },
    },
    {
      name: 'one-way-out',
      comment:
        'Addresses that others gave us are called by kernel/runtime/outbound.ts alone. Who else holds a socket serves, or calls an address of our own configuration.',
      severity: 'error',
      from: {
        path: '^(gateway|kernel|protocol|schema|subgraphs|workers)/',
        pathNot: [
          TEST_FILE,
          '^kernel/runtime/(outbound|public-address|http-call)\\.ts$',
          // To our own processes and database.
          '^kernel/runtime/(signed-client|commit-queue|postgres/launcher)\\.ts$',
          // To the mail server of the configuration.
          '^kernel/mail/smtp-sender\\.ts$',
          '^gateway/transports/remote\\.ts$',
          // Servers, and who reads their requests (a type is an import for the parser as well).
          '^kernel/runtime/(service-host|signed-request|graphql/subgraph-server)\\.ts$',
          '^gateway/(console-files|core|cross-origin|graphql-http|graphql-sockets|read-body)\\.ts$',
          '^workers/edge/host/start-edge\\.ts$',
        ],
      },
      to: {
        path: '^(node:)?(http|https|http2|net|tls|dgram|dns|dns/promises)$|node_modules/(undici|axios|got|node-fetch|superagent|request|nodemailer)/',
      },
    },
    only('domain-is-pure', 'domain/ knows its own domain and kernel/core; no package, no node:.', `${SUBGRAPH}/domain/`, [
      OWN_DOMAIN,
      '^kernel/core/',
    ]),
    only('app-knows-ports', 'app/ knows its own domain, its ports, schema/, protocol/ and zod.', `${SUBGRAPH}/app/`, [
      OWN_DOMAIN,
      OWN_APP,
      '^kernel/core/',
      '^kernel/wire/callback\\.ts$',
      '^kernel/mail/mail\\.ts$',
      '^schema/',
      '^protocol/',
      'node_modules/zod/',
    ]),
    only('store-behind-ports', 'store/ knows its own domain, its ports, the kernel and database packages.', `${SUBGRAPH}/store/`, [
      OWN_DOMAIN,
      '^subgraphs/$1/app/',
      '^subgraphs/$1/store/',
      '^kernel/',
      '^schema/',
      'node_modules/(@mikro-orm|pg|@types/pg)/',
      'node_modules/zod/',
      '^(node:)?(crypto|buffer)$',
    ]),
    only(
      'graphql-is-thin',
      'graphql/ knows its own app and domain types and the shared GraphQL kernel; never store/, never another subgraph.',
      `${SUBGRAPH}/graphql/`,
      [
        OWN_DOMAIN,
        OWN_APP,
        '^subgraphs/$1/graphql/',
        '^kernel/core/',
        '^kernel/runtime/graphql/',
        '^kernel/runtime/event-log/',
        '^kernel/runtime/gathered-reads\\.ts$',
        '^schema/',
        'node_modules/(graphql|@pothos|@apollo/subgraph|dataloader|zod)/',
      ],
    ),
    only(
      'ingress-and-delivery',
      'Adapters know their own app and domain, protocol/, schema/ and the kernel.',
      `${SUBGRAPH}/(ingress|delivery)/`,
      [
        OWN_DOMAIN,
        OWN_APP,
        '^subgraphs/$1/(ingress|delivery)/',
        '^kernel/',
        '^protocol/',
        '^schema/',
        'node_modules/(zod|qrcode|@types/qrcode)/',
        '^(node:)?(crypto|buffer|timers/promises)$',
      ],
    ),
    {
      name: 'subgraphs-never-import-each-other',
      comment: 'Subgraphs meet in the supergraph, in event shapes and in commands, never in code.',
      severity: 'error',
      from: { path: SUBGRAPH },
      to: { path: '^subgraphs/[^/]+/', pathNot: '^subgraphs/$1/' },
    },
    {
      name: 'only-local-imports-subgraphs',
      comment: 'gateway/local.ts alone wires subgraphs into the gateway process, through their index.ts.',
      severity: 'error',
      from: { pathNot: '^(subgraphs/|test/|gateway/local\\.ts$)' },
      to: { path: '^subgraphs/' },
    },
    {
      name: 'subgraphs-by-index',
      comment: 'A subgraph is entered through its index.ts.',
      severity: 'error',
      from: { pathNot: '^(subgraphs|test)/' },
      to: { path: '^subgraphs/', pathNot: '^subgraphs/[^/]+/index\\.ts$' },
    },
    only(
      'gateway-knows-kernel',
      'gateway/ knows itself, schema/, the kernel and packages; local.ts also the subgraphs.',
      '^gateway/(?!local\\.ts$)',
      ['^gateway/', '^schema/', '^kernel/', PACKAGES, '^(node:)?[a-z0-9_/]+$'],
    ),
    only(
      'worker-is-portable',
      'The Worker runs in workerd: protocol/, schema/ and packages; never node: or subgraphs.',
      '^workers/edge/(?!host/)',
      [
        '^workers/edge/(?!host/)',
        '^protocol/',
        '^kernel/core/',
        '^schema/',
        '^web/checkout/',
        'node_modules/(jose|zod|@cloudflare)/',
        '^cloudflare:',
      ],
    ),
    only('worker-host', 'The Node side of the Worker knows the kernel, protocol/ and schema/.', '^workers/edge/host/', [
      '^workers/edge/host/',
      '^kernel/',
      '^protocol/',
      '^schema/',
      PACKAGES,
      '^(node:)?[a-z0-9_/]+$',
    ]),
    only(
      'protocol-is-pure',
      'protocol/ runs in Node, workerd and browsers: itself, kernel/core, zod, and an XML parser for ISO 20022.',
      '^protocol/',
      ['^protocol/', '^kernel/core/', 'node_modules/(zod|jose|saxes)/'],
    ),
    {
      name: 'xml-is-iso-20022',
      comment: 'XML from others is read in one place, with one set of limits.',
      severity: 'error',
      from: { pathNot: '^(protocol/iso20022/|node_modules/)' },
      to: { path: 'node_modules/saxes/' },
    },
    {
      name: 'hub-opens-no-field',
      comment: 'Personal fields are sealed and opened by banks. No process of the hub loads the code that could, however indirectly.',
      severity: 'error',
      from: { path: '^(subgraphs|gateway|kernel|schema|workers)/', pathNot: TEST_FILE },
      to: { path: '^protocol/field-encryption\\.ts$', reachable: true },
    },
    only('kernel-core-is-pure', 'kernel/core knows only itself.', '^kernel/core/', ['^kernel/core/']),
    only(
      'kernel-runtime',
      'kernel/runtime knows the kernel, the contracts in schema/ and packages; no subgraph, no protocol.',
      '^kernel/runtime/',
      ['^kernel/', '^schema/', PACKAGES, '^(node:)?[a-z0-9_/]+$'],
    ),
    only('kernel-mail', 'kernel/mail knows the kernel below it and packages; no subgraph, no protocol.', '^kernel/mail/', [
      '^kernel/(core|runtime|mail)/',
      PACKAGES,
      '^(node:)?[a-z0-9_/]+$',
    ]),
    only('kernel-wire', 'kernel/wire also speaks the wire protocol.', '^kernel/wire/', [
      '^kernel/',
      '^schema/',
      '^protocol/',
      PACKAGES,
      '^(node:)?[a-z0-9_/]+$',
    ]),
    {
      name: 'kernel-runtime-below-wire',
      comment: 'kernel/runtime does not lean on what speaks the wire protocol, or SMTP.',
      severity: 'error',
      from: { path: '^kernel/(core|runtime)/' },
      to: { path: '^kernel/(wire|mail)/' },
    },
    only(
      'web-client-is-portable',
      'The client runs in browsers and in Node: itself and no package; file-position.ts alone has files.',
      '^web/client/(?!file-position\\.ts$)',
      ['^web/client/'],
    ),
    only('web-checkout', 'The payment page: itself, the client, the shapes that it shows, Preact.', '^web/checkout/', [
      '^web/(checkout|client)/',
      '^schema/',
      'node_modules/(preact|preact-render-to-string)/',
    ]),
    only(
      'web-merchant',
      "What merchants put on their pages: itself, the client, the payment page's words and states, and React for the hook.",
      '^web/merchant/',
      ['^web/(merchant|client)/', '^web/checkout/(words|page-state)\\.ts$', 'node_modules/(@types/)?react/'],
    ),
    only('web-sandbox', 'The pages of the sandbox: themselves, what merchants have, Preact, and React in the shop.', '^web/sandbox/', [
      '^web/(sandbox|merchant)/',
      '^web/tokens\\.css$',
      '^web/checkout/words\\.ts$',
      'node_modules/(preact|(@types/)?react|(@types/)?react-dom|@fontsource-variable)/',
    ]),
    only(
      'web-console',
      'The console: itself, the client, the scopes in schema/, what is portable of protocol/, React and its libraries.',
      '^web/console/',
      [
        '^web/(console|client)/',
        '^schema/',
        // What participants check, the page checks by itself. Personal fields and XML are none of its business.
        '^protocol/(?!field-encryption|iso20022/|p2p/)',
        '^kernel/core/',
        'node_modules/(react|react-dom|@types/react|@types/react-dom|@mantine|@tanstack|uplot|@fontsource-variable)/',
      ],
    ),
    only('schema-is-contracts', 'schema/ holds shapes: itself, kernel/core and zod.', '^schema/', [
      '^schema/',
      '^kernel/core/',
      'node_modules/zod/',
    ]),
    only(
      'actors-know-protocol',
      'Simulated banks and merchants know protocol/ and packages only: what they need beyond it is missing in protocol/.',
      '^sandbox/(?!main\\.ts$|config\\.ts$)',
      ['^sandbox/', '^protocol/', '^kernel/core/', PACKAGES, '^(node:)?[a-z0-9_/]+$'],
    ),
    only('sandbox-main', 'sandbox/main.ts also uses the kernel to run.', '^sandbox/(main|config)\\.ts$', [
      '^sandbox/',
      '^protocol/',
      '^kernel/',
      PACKAGES,
      '^(node:)?[a-z0-9_/]+$',
    ]),
    only(
      'bin-composes',
      'bin/ starts things: kernel/runtime, gateway, sandbox/main, the Worker host, protocol, schema; bench and generate also reach what they measure and print.',
      '^bin/',
      [
        '^bin/',
        '^kernel/',
        '^gateway/',
        '^sandbox/main\\.ts$',
        '^workers/edge/host/',
        '^protocol/',
        '^schema/',
        PACKAGES,
        '^(node:)?[a-z0-9_/]+$',
      ],
    ),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    // Its parser reads no JSX: for components, test/tooling/tidy.test.ts has the rule.
    exclude: { path: '(worker-configuration\\.d\\.ts$|^workers/edge/dist|\\.tsx$)' },
    moduleSystems: ['es6'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json', '.d.ts'],
    },
  },
};
