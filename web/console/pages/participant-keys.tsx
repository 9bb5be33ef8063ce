import { Button, Modal, Select, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { FormNotes } from '../forms/form-notes.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import { AddKeyDocument, type KeyFactsFragment, type KeyPurpose, type KeyState, RetireKeyDocument } from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { Chip, type Tone } from '../parts/chip.tsx';
import { type Column, Table } from '../parts/keyset-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty } from '../parts/states.tsx';
import { useCan } from '../session/hub.tsx';
import { keyMaterial } from './key-material.ts';

const STATES: Readonly<Record<KeyState, Tone>> = { ANNOUNCED: 'wait', ACTIVE: 'ok', RETIRED: 'calm', REVOKED: 'bad' };
export const PURPOSES = [
  { value: 'SIGN', label: 'Signing' },
  { value: 'ENCRYPT', label: 'Encryption' },
  { value: 'BOTH', label: 'Both' },
] as const satisfies readonly { value: KeyPurpose; label: string }[];

type Open = { readonly kind: 'add' } | { readonly kind: 'retire'; readonly kid: string };

/** The public keys of a participant with their time, and the way to the next one. */
export function ParticipantKeys({ participantId, keys }: { readonly participantId: string; readonly keys: readonly KeyFactsFragment[] }) {
  const changes = useCan('onboard');
  const queries = useQueryClient();
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => {
    setOpen(null);
    void queries.invalidateQueries({ queryKey: ['participant', participantId] });
  };
  const add = changes ? (
    <Button size="compact-sm" variant="default" onClick={() => setOpen({ kind: 'add' })}>
      Add a key
    </Button>
  ) : null;
  return (
    <Panel title="Public keys" aside={add} flush>
      {keys.length === 0 ? (
        <Empty title="No key yet">Without a key nothing that it sends is believed.</Empty>
      ) : (
        <Table
          label="Public keys"
          columns={columns(changes ? (kid) => setOpen({ kind: 'retire', kid }) : null)}
          rows={keys}
          keyOf={({ kid }) => kid}
        />
      )}
      {open?.kind === 'add' ? <AddKey participantId={participantId} onClose={close} /> : null}
      {open?.kind === 'retire' ? <RetireKey kid={open.kid} onClose={close} /> : null}
    </Panel>
  );
}

function columns(onRetire: ((kid: string) => void) | null): readonly Column<KeyFactsFragment>[] {
  return [
    {
      title: 'Key',
      cell: ({ kid }) => (
        <span className="mono kid" title={kid}>
          {kid}
        </span>
      ),
    },
    { title: 'For', cell: ({ purpose }) => PURPOSES.find(({ value }) => value === purpose)?.label },
    { title: 'From', cell: ({ validFrom }) => <When at={validFrom} /> },
    { title: 'Until', cell: ({ validUntil }) => (validUntil ? <When at={validUntil} /> : <span className="as-is">no end</span>) },
    { title: 'State', cell: ({ state }) => <Chip tone={STATES[state]}>{state.toLowerCase()}</Chip> },
    {
      title: 'Change',
      end: true,
      cell: ({ kid, state }) =>
        onRetire && (state === 'ACTIVE' || state === 'ANNOUNCED') ? (
          <Button size="compact-sm" variant="default" onClick={() => onRetire(kid)}>
            Retire
          </Button>
        ) : null,
    },
  ];
}

function AddKey({ participantId, onClose }: { readonly participantId: string; readonly onClose: () => void }) {
  const form = useKeptForm({
    id: `add key ${participantId}`,
    blank: { key: '', purpose: 'SIGN', until: '' },
    document: AddKeyDocument,
    inputOf: ({ key, purpose, until }, idempotencyKey) => ({
      participantId,
      purpose: purpose as KeyPurpose,
      ...keyMaterial(key),
      ...(until === '' ? {} : { validUntil: new Date(until).toISOString() }),
      idempotencyKey,
    }),
    onDone: onClose,
  });
  const locked = form.unanswered || form.busy;
  return (
    <Modal opened onClose={onClose} title="Add a public key" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void form.send();
        }}
      >
        <Textarea
          label="Public key"
          description="A JSON Web Key, or PEM. Never a private one."
          value={form.values.key}
          onChange={(event) => form.set({ key: event.currentTarget.value })}
          error={form.errorOf('jwk') ?? form.errorOf('pem')}
          disabled={locked}
          autosize
          minRows={5}
          required
          className="mono-input"
        />
        <Select
          label="For"
          data={[...PURPOSES]}
          value={form.values.purpose}
          onChange={(purpose) => form.set({ purpose: purpose ?? 'SIGN' })}
          disabled={locked}
          allowDeselect={false}
        />
        <TextInput
          label="Ends at"
          description="Leave it empty for no end."
          type="datetime-local"
          value={form.values.until}
          onChange={(event) => form.set({ until: event.currentTarget.value })}
          error={form.errorOf('validUntil')}
          disabled={locked}
        />
        <FormNotes errors={form.errors} unanswered={form.unanswered} fields={['jwk', 'pem', 'validUntil']} />
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" className="ink" loading={form.busy}>
            {form.unanswered ? 'Send again' : 'Add the key'}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function RetireKey({ kid, onClose }: { readonly kid: string; readonly onClose: () => void }) {
  const form = useKeptForm({
    id: `retire ${kid}`,
    blank: { at: '' },
    document: RetireKeyDocument,
    inputOf: ({ at }, idempotencyKey) => ({ kid, ...(at === '' ? {} : { retireAt: new Date(at).toISOString() }), idempotencyKey }),
    onDone: onClose,
  });
  return (
    <Modal opened onClose={onClose} title="Retire this key?" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void form.send();
        }}
      >
        <p>
          <span className="mono">{kid}</span> will no longer be believed.
        </p>
        <TextInput
          label="When"
          description="Leave it empty for now."
          type="datetime-local"
          value={form.values.at}
          onChange={(event) => form.set({ at: event.currentTarget.value })}
          error={form.errorOf('retireAt')}
          disabled={form.unanswered || form.busy}
        />
        <FormNotes errors={form.errors} unanswered={form.unanswered} fields={['retireAt']} />
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red" loading={form.busy}>
            {form.unanswered ? 'Send again' : 'Retire'}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
