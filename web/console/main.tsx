import '@fontsource-variable/onest';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import '@mantine/core/styles.css';
import './style/tokens.css';
import './style/frame.css';
import './style/parts.css';
import './style/screens.css';
import './style/callback-test.css';
import './style/audit.css';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { config } from 'zod/v4/core';

import { GatewayFailure } from '../client/failure.ts';
import { App } from './app.tsx';
import { consoleRouter } from './routes.tsx';
import { createConsoleClient } from './session/console-client.ts';
import { HubProvider, type Settings } from './session/hub.tsx';
import { SessionStore } from './session/session-store.ts';
import { THEME, themeVariables } from './style/theme.ts';

const RETRIES_MAX = 5;

// The policy of the page lets nothing make code, and zod is told so before it tries.
config({ jitless: true });

const settings = (await (await fetch('/console/settings.json')).json()) as Settings; // Written by the gateway that serves this page.
const url = new URL('/graphql', location.origin).href;
const session = new SessionStore(sessionStorage);
const hub = { url, session, settings, client: createConsoleClient({ url, session }) };
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A server that is restarted is waited for; what it refuses is shown.
      retry: (failures, error) => failures < RETRIES_MAX && (!(error instanceof GatewayFailure) || error.retryable),
      retryDelay: (failures) => Math.min(250 * 2 ** failures, 4_000),
    },
  },
});
const router = consoleRouter();
document.title = `${settings.brand} console`;

const root = document.querySelector('#root');
if (!root) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={THEME} cssVariablesResolver={themeVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <HubProvider hub={hub}>
          <App router={router} />
        </HubProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
