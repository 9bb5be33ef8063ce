import { Alert, Button, Loader } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { GatewayFailure } from '../../client/failure.ts';

export function NotFound() {
  return (
    <div className="empty">
      <h1>There is nothing here</h1>
      <p>
        Either it does not exist, or it belongs to somebody else. <Link to="/">To the live board</Link>
      </p>
    </div>
  );
}

/** A page that the viewer is not offered, whatever the address says. */
export function NotForYou() {
  return (
    <div className="empty">
      <h1>This page is not for you</h1>
      <p>
        Your credential may not read what it shows. <Link to="/">To the live board</Link>
      </p>
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

export function Loading() {
  return (
    <div className="empty">
      <Loader size="sm" role="status" aria-label="Loading" />
    </div>
  );
}

/** What became of a question: the hub's own words, its code, and a second try where that may help. */
export function Problem({ error, onAgain }: { readonly error: Error; readonly onAgain?: () => void }) {
  const code = error instanceof GatewayFailure ? error.code : 'UNEXPECTED';
  return (
    <Alert color="red" role="alert" title={code} m="md">
      {error.message}
      {onAgain ? (
        <Button size="compact-sm" variant="default" ml="md" onClick={onAgain}>
          Ask again
        </Button>
      ) : null}
    </Alert>
  );
}
