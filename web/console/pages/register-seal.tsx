import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';

import { hubKeysAddress, useHubKeys } from '../checks/hub-keys.ts';
import { checkProof, checkSeal } from '../checks/register-checks.ts';
import { PaymentProofDocument } from '../generated/documents.ts';
import { Amount, Id, When } from '../parts/bits.tsx';
import { Fact, Facts, Panel } from '../parts/panel.tsx';
import { saveFile } from '../parts/save-file.ts';
import { Loading, Problem } from '../parts/states.tsx';
import { VerifiedLine } from '../parts/verified-line.tsx';
import { useHub } from '../session/hub.tsx';
import { Icon } from '../shell/icons.tsx';
import type { RegisterView } from './register.tsx';

/** What the hub has signed about the register, checked here with its published keys. */
export function SealPanel({ register }: { readonly register: RegisterView }) {
  const keys = useHubKeys();
  const { seal } = register;
  const check = useQuery({
    queryKey: ['seal', register.number, register.version, seal?.token],
    queryFn: async () => (seal && keys.data ? await checkSeal({ ...register, seal }, keys.data) : null),
    enabled: seal !== null && keys.data !== undefined,
    staleTime: Infinity,
  });
  if (!seal) return <Panel title="Seal">It is not sealed yet. That takes a moment after it was made.</Panel>;
  return (
    <Panel title="Seal">
      {keys.error ? <Problem error={keys.error} onAgain={() => void keys.refetch()} /> : null}
      {check.data?.ok ? <VerifiedLine ok>The hub signed this root and these figures. Checked by this page.</VerifiedLine> : null}
      {check.data?.ok === false ? <VerifiedLine ok={false}>The seal proves nothing: {check.data.failure.code}.</VerifiedLine> : null}
      <Facts>
        <Fact name="Root">
          <Id value={seal.root} />
        </Fact>
        <Fact name="Payments under it">{String(seal.paymentCount)}</Fact>
        <Fact name="Signed">
          <When at={seal.sealedAt} />
        </Fact>
      </Facts>
    </Panel>
  );
}

/** That one payment is in a sealed register, without trust in the hub: what `dcm verify-proof` checks, checked here. */
export function ProofPanel({ asked }: { readonly asked: string }) {
  const [typed, setTyped] = useState(asked);
  const [guid, setGuid] = useState(asked);
  useEffect(() => {
    setTyped(asked);
    setGuid(asked);
  }, [asked]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setGuid(typed.trim().toLowerCase());
  };
  return (
    <Panel title="Proof of one payment">
      <form className="filters" onSubmit={submit}>
        <TextInput
          label="Payment"
          placeholder="Its guid, or Prove beside a row"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          className="mono-input"
          required
        />
        <Button type="submit" variant="default">
          Prove
        </Button>
      </form>
      {guid === '' ? null : <Proof key={guid} guid={guid} />}
    </Panel>
  );
}

function Proof({ guid }: { readonly guid: string }) {
  const { client, settings } = useHub();
  const keys = useHubKeys();
  const proof = useQuery({
    queryKey: ['proof', guid],
    queryFn: async ({ signal }) => (await client.ask(PaymentProofDocument, { paymentGuid: guid }, { signal })).data.registerProof,
    staleTime: Infinity,
  });
  const text = proof.data?.proof;
  const check = useQuery({
    queryKey: ['proof', guid, 'checked', text],
    queryFn: async () => (text !== undefined && keys.data ? await checkProof({ paymentGuid: guid, proof: text }, keys.data) : null),
    enabled: text !== undefined && keys.data !== undefined,
    staleTime: Infinity,
  });
  const error = proof.error ?? keys.error;
  if (error) return <Problem error={error} onAgain={() => void Promise.all([proof.refetch(), keys.refetch()])} />;
  if (proof.data === null) return <p role="status">There is no proof of this payment: it is in no sealed register that you may see.</p>;
  if (!proof.data || !check.data) return <Loading />;
  if (!check.data.ok) return <VerifiedLine ok={false}>The proof proves nothing: {check.data.failure.code}.</VerifiedLine>;
  const { row, seal } = check.data.value;
  const name = `proof-${guid}.json`;
  return (
    <>
      <VerifiedLine ok>
        This payment is one of {seal.payments_total} in register {seal.register_id}. Checked by this page.
      </VerifiedLine>
      <Facts>
        <Fact name="Register">
          <Link to="/registers/$id" params={{ id: proof.data.register.id }} className="mono">
            {seal.register_id}
          </Link>
        </Fact>
        <Fact name="Place">{String(proof.data.leafIndex + 1)}</Fact>
        <Fact name="Amount">
          <Amount of={{ decimal: row.amount, currency: row.currency }} />
        </Fact>
        <Fact name="Sealed">
          <When at={new Date(seal.iat * 1000).toISOString()} />
        </Fact>
      </Facts>
      <Button
        variant="default"
        leftSection={<Icon name="download" />}
        onClick={() => saveFile(name, 'application/json', [proof.data?.proof ?? ''])}
      >
        Save the proof
      </Button>
      <p className="aside-note">
        Whoever has the file checks it without the hub:{' '}
        <code>{`npx dcm verify-proof ${name} --hub-keys ${hubKeysAddress(settings.edgeUrl)}`}</code>
      </p>
    </>
  );
}
