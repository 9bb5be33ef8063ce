/** The chapters of the guide in the order of the platform's own, by the name of their file. */
export const CHAPTERS = [
  {
    title: 'The platform',
    chapters: [
      { file: 'README', text: 'Start here' },
      { file: 'artifacts', text: 'Orders, messages, registers' },
    ],
  },
  {
    title: 'Working with the interface',
    chapters: [
      { file: 'security-stack', text: 'Security stack' },
      { file: 'key-generation', text: 'Key generation' },
      { file: 'data-encrypting', text: 'Data encrypting' },
      { file: 'retry-policy', text: 'Retry policy' },
      { file: 'outgoing-addresses', text: 'Addresses for allow-lists' },
    ],
  },
  { title: 'Design', chapters: [{ file: 'design-guide', text: 'Design guide' }] },
  {
    title: 'Banks',
    chapters: [
      { file: 'preparing-for-integration-bank', text: 'Preparing for integration' },
      { file: 'e-commerce', text: 'E-commerce' },
      { file: 'returns', text: 'Returns' },
      { file: 'alias-database', text: 'Alias database' },
      { file: 'p2p-transfers', text: 'p2p transfers' },
      { file: 'gross-settlement', text: 'Gross settlement' },
      { file: 'e-mail-notification', text: 'E-mail notification' },
      { file: 'reconciliation', text: 'Reconciliation' },
    ],
  },
  {
    title: 'Merchants',
    chapters: [
      { file: 'integration-options', text: 'Integration options' },
      { file: 'preparing-for-integration-merchant', text: 'Preparing for integration' },
      { file: 'updating-interfaces', text: 'Updating interfaces' },
    ],
  },
  {
    title: 'Reference',
    chapters: [
      { file: 'evidence', text: 'Evidence of a payment' },
      { file: 'testing', text: 'Testing' },
      { file: 'errors', text: 'Error reference' },
      { file: 'graphql-errors', text: 'GraphQL errors' },
      { file: 'access', text: 'Access' },
    ],
  },
  { title: 'Operators', chapters: [{ file: 'deployment', text: 'Deployment' }] },
  { title: 'Document data', chapters: [{ file: 'version-history', text: 'Version history' }] },
];
