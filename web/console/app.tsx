import { Button, Loader } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

import { LivePaymentsProvider } from './live/live-payments-context.tsx';
import { SessionDocument } from './generated/documents.ts';
import type { ConsoleRouter } from './routes.tsx';
import { consoleViewer, useHub, useSession, type Viewer, ViewerProvider } from './session/hub.tsx';
import { SignInAgain, SignInPage } from './session/sign-in.tsx';

/** Whoever is not signed in sees the sign-in, everybody else the page that the address names. */
export function App({ router }: { readonly router: ConsoleRouter }) {
  const { session } = useHub();
  const { credential, ended } = useSession();
  const queries = useQueryClient();
  useEffect(() => {
    // What one has seen is no business of the next.
    return () => {
      if (session.state().credential === null) queries.clear();
    };
  }, [credential, queries, session]);
  if (credential === null) return <SignInPage />;
  return (
    <>
      <SignedIn router={router} />
      {ended ? <SignInAgain /> : null}
    </>
  );
}

function SignedIn({ router }: { readonly router: ConsoleRouter }) {
  const { client, session } = useHub();
  const { credential } = useSession();
  const { data, error } = useQuery({
    queryKey: ['session', credential],
    queryFn: async () => consoleViewer((await client.ask(SessionDocument, {})).data),
    placeholderData: (previous) => previous,
    staleTime: Infinity,
  });
  const viewer = useOneViewer(data ?? null);
  if (viewer) {
    return (
      <ViewerProvider viewer={viewer}>
        <LivePaymentsProvider>
          <RouterProvider router={router} />
        </LivePaymentsProvider>
      </ViewerProvider>
    );
  }
  return (
    <main className="waiting">
      {error ? <p role="alert">The hub does not answer: {error.message}</p> : <Loader role="status" aria-label="Loading" />}
      {error ? <Button onClick={() => session.signOut()}>Sign in anew</Button> : null}
    </main>
  );
}

/** Somebody else who signs in over a page that stayed open gets a page of their own, with nothing of the one before. */
function useOneViewer(viewer: Viewer | null): Viewer | null {
  const first = useRef<string | null>(null);
  const id = viewer && `${viewer.kind} ${viewer.bank?.guid ?? viewer.merchant?.uid ?? viewer.subject}`;
  useEffect(() => {
    if (id === null) return;
    if (first.current !== null && first.current !== id) location.assign('/console');
    first.current = id;
  }, [id]);
  return viewer;
}
