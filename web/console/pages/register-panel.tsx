import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { useHubKeys } from '../checks/hub-keys.ts';
import { checkProof } from '../checks/register-checks.ts';
import { PaymentRegisterDocument } from '../generated/documents.ts';
import { Id, When } from '../parts/bits.tsx';
import { REGISTER_WORDS, StateChip } from '../parts/chip.tsx';
import { Fact, Facts, Panel } from '../parts/panel.tsx';
import { VerifiedLine } from '../parts/verified-line.tsx';
import { useCan, useHub } from '../session/hub.tsx';
import { receiptOf, type PaymentFacts } from './timeline.ts';

/** The sealed register that a payment is in, with its proof checked here; and the receipt that its bank was given. */
export function RegisterPanel({ payment }: { readonly payment: PaymentFacts }) {
  const { client } = useHub();
  const booked = useCan('settlement') && payment.status === 'SUCCESS';
  const { data: proof } = useQuery({
    queryKey: ['register-proof', payment.guid],
    queryFn: async ({ signal }) => (await client.ask(PaymentRegisterDocument, { guid: payment.guid }, { signal })).data.registerProof,
    enabled: booked,
  });
  const receipt = receiptOf(payment);
  if (!booked && receipt === null) return null;
  return (
    <Panel title="Register and receipt">
      {proof ? <Proof guid={payment.guid} proof={proof.proof} /> : null}
      <Facts>
        {proof ? (
          <>
            <Fact name="Register">
              <Link to="/registers/$id" params={{ id: proof.register.number }} className="mono">
                {proof.register.number}
              </Link>
            </Fact>
            <Fact name="Status">
              <StateChip state={proof.register.status} words={REGISTER_WORDS} />
            </Fact>
            <Fact name="Leaf">{`${proof.leafIndex + 1} of ${proof.seal.paymentCount}`}</Fact>
            <Fact name="Root">
              <Id value={proof.seal.root} />
            </Fact>
            <Fact name="Sealed">
              <When at={proof.seal.sealedAt} />
            </Fact>
          </>
        ) : null}
        {booked && proof === null ? <Fact name="Register">Made and sealed after midnight in Kyiv</Fact> : null}
        <Fact name="Receipt">{receipt}</Fact>
      </Facts>
    </Panel>
  );
}

function Proof({ guid, proof }: { readonly guid: string; readonly proof: string }) {
  const { data: hubKeys, dataUpdatedAt } = useHubKeys();
  const { data: checked } = useQuery({
    queryKey: ['proof', guid, 'checked', proof, dataUpdatedAt],
    queryFn: () => checkProof({ paymentGuid: guid, proof }, hubKeys ?? new Map()),
    enabled: hubKeys !== undefined,
    staleTime: Infinity,
  });
  if (!checked) return null;
  if (!checked.ok) return <VerifiedLine ok={false}>The proof proves nothing: {checked.failure.code}.</VerifiedLine>;
  return <VerifiedLine ok>It is under the seal of its register. Checked by this page.</VerifiedLine>;
}
