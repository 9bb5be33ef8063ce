import { Alert, Button, Modal, PasswordInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { GatewayFailure } from '../../client/failure.ts';
import { createGraphqlClient } from '../../client/graphql-client.ts';
import { SessionDocument } from '../generated/documents.ts';
import { Mark } from '../shell/icons.tsx';
import { consoleViewer, useHub } from './hub.tsx';
import { sandboxRoles, type SandboxRole } from './sandbox-roles.ts';

const ROLE_WORDS = {
  operations: { title: 'Operations', note: 'sees everything, decides in manual review, takes banks and shops in' },
  bank: { title: 'Bank', note: 'sees its own payments, orders and registers' },
  merchant: { title: 'Merchant', note: 'sees its own orders and payments' },
} as const;

/** The first page: a credential, or in the sandbox one click. */
export function SignInPage() {
  const { settings } = useHub();
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <p className="brand">
          <Mark /> {settings.brand}
        </p>
        <h1>Operations console</h1>
        <p className="note">Sign in as staff of the hub, of a bank or of a merchant. What you see is what your credential may read.</p>
        <SignInForm />
      </div>
    </main>
  );
}

/** Over the page that stays as it is: the credential has ended, and everything waits for a new one. */
export function SignInAgain() {
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="Sign in again"
      centered
    >
      <p className="note">Your credential has ended. The page stays as it is, and what you have typed is kept.</p>
      <SignInForm />
    </Modal>
  );
}

function SignInForm() {
  const { url, session } = useHub();
  const [credential, setCredential] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const enter = async (given: string): Promise<void> => {
    setBusy(true);
    setProblem(await problemWith(url, given));
    setBusy(false);
  };
  const problemWith = async (url: string, given: string): Promise<string | null> => {
    try {
      const { data } = await createGraphqlClient({ url, credential: () => given }).ask(SessionDocument, {});
      if (!consoleViewer(data)) return 'This credential is for a payment page, not for the console.';
      session.signIn(given);
      return null;
    } catch (error) {
      if (error instanceof GatewayFailure) return error.message;
      return 'This is not a credential: it has characters that none has.';
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void enter(credential.trim());
  };
  return (
    <>
      <SandboxRoles onChoose={(chosen) => void enter(chosen)} disabled={busy} />
      <form className="sign-in-form" onSubmit={submit}>
        <PasswordInput
          label="Credential"
          description="An operations token, a bank’s API key (bk_…) or a merchant’s secret key (sk_…)"
          value={credential}
          onChange={(event) => setCredential(event.currentTarget.value)}
          autoComplete="off"
          required
        />
        {problem === null ? null : (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        )}
        <Button type="submit" fullWidth size="md" loading={busy} className="ink">
          Sign in
        </Button>
      </form>
    </>
  );
}

function SandboxRoles({ onChoose, disabled }: { readonly onChoose: (credential: string) => void; readonly disabled: boolean }) {
  const { sandboxUrl } = useHub().settings;
  const { data = [] } = useQuery({
    queryKey: ['sandbox-roles'],
    queryFn: () => sandboxRoles(sandboxUrl ?? ''),
    enabled: sandboxUrl !== null,
    retry: 10,
    staleTime: Infinity,
  });
  if (data.length === 0) return null;
  return (
    <section className="roles" aria-label="Roles of the sandbox">
      <h2>Sandbox: take a role with one click</h2>
      <ul>
        {data.map((role) => (
          <li key={`${role.kind} ${role.name}`}>
            <RoleButton role={role} onChoose={onChoose} disabled={disabled} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function RoleButton(o: { readonly role: SandboxRole; readonly onChoose: (credential: string) => void; readonly disabled: boolean }) {
  const { kind, name, credential } = o.role;
  const { title, note } = ROLE_WORDS[kind];
  return (
    <button type="button" className="role" disabled={o.disabled} onClick={() => o.onChoose(credential)}>
      <strong>{kind === 'operations' ? title : name}</strong>
      <span>{kind === 'operations' ? note : `${title}: ${note}`}</span>
    </button>
  );
}
