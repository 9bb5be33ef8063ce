import { Button, CopyButton, Modal, Select } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { FormNotes } from '../forms/form-notes.tsx';
import { useKeptForm } from '../forms/use-kept-form.ts';
import { type ApiKeyFactsFragment, type ApiKeyKind, CreateApiKeyDocument, RevokeApiKeyDocument } from '../generated/documents.ts';
import { When } from '../parts/bits.tsx';
import { Chip } from '../parts/chip.tsx';
import { type Column, Table } from '../parts/keyset-table.tsx';
import { Panel } from '../parts/panel.tsx';
import { Empty } from '../parts/states.tsx';
import { useCan } from '../session/hub.tsx';

const KINDS: Readonly<Record<ApiKeyKind, string>> = {
  SECRET: 'Secret (sk_…), for a server',
  PUBLISHABLE: 'Publishable (pk_…), for a page',
  BANK: 'Bank (bk_…), for a server',
};

export interface ApiKeysProps {
  readonly participantId: string;
  readonly apiKeys: readonly ApiKeyFactsFragment[];
  readonly kinds: readonly ApiKeyKind[];
}

/** The API keys of a participant. A key is shown once, when it is made; the hub keeps its hash. */
export function ApiKeys({ participantId, apiKeys, kinds }: ApiKeysProps) {
  const changes = useCan('onboard');
  const queries = useQueryClient();
  const [open, setOpen] = useState<'new' | ApiKeyFactsFragment | null>(null);
  const close = (): void => {
    setOpen(null);
    void queries.invalidateQueries({ queryKey: ['participant', participantId] });
  };
  const add = changes ? (
    <Button size="compact-sm" variant="default" onClick={() => setOpen('new')}>
      Make an API key
    </Button>
  ) : null;
  return (
    <Panel title="API keys" aside={add} flush>
      {apiKeys.length === 0 ? (
        <Empty title="No API key yet" />
      ) : (
        <Table label="API keys" columns={columns(changes ? setOpen : null)} rows={apiKeys} keyOf={({ apiKeyId }) => apiKeyId} />
      )}
      {open === 'new' ? <NewApiKey participantId={participantId} kinds={kinds} onClose={close} /> : null}
      {open !== null && open !== 'new' ? <RevokeApiKey apiKey={open} onClose={close} /> : null}
    </Panel>
  );
}

function columns(onRevoke: ((key: ApiKeyFactsFragment) => void) | null): readonly Column<ApiKeyFactsFragment>[] {
  return [
    { title: 'Kind', cell: ({ kind }) => KINDS[kind] },
    { title: 'Ends in', cell: ({ tail }) => <span className="mono">…{tail}</span> },
    { title: 'Made', cell: ({ createdAt }) => <When at={createdAt} /> },
    { title: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt ? <When at={lastUsedAt} /> : 'never') },
    { title: 'State', cell: ({ state }) => <Chip tone={state === 'ACTIVE' ? 'ok' : 'calm'}>{state.toLowerCase()}</Chip> },
    {
      title: 'Change',
      end: true,
      cell: (key) =>
        onRevoke && key.state === 'ACTIVE' ? (
          <Button size="compact-sm" variant="default" onClick={() => onRevoke(key)}>
            Revoke
          </Button>
        ) : null,
    },
  ];
}

function NewApiKey({ participantId, kinds, onClose }: Omit<ApiKeysProps, 'apiKeys'> & { readonly onClose: () => void }) {
  const [made, setMade] = useState<{ readonly secret: string | null } | null>(null);
  const form = useKeptForm({
    id: `api key ${participantId}`,
    blank: { kind: kinds[0] ?? 'SECRET' },
    document: CreateApiKeyDocument,
    inputOf: ({ kind }, idempotencyKey) => ({ participantId, kind, idempotencyKey }),
    onDone: ({ secret }) => setMade({ secret }),
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title="Make an API key"
      closeOnClickOutside={made === null}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {made ? (
        <SecretOnce secret={made.secret} onClose={onClose} />
      ) : (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            void form.send();
          }}
        >
          <Select
            label="What it is for"
            data={kinds.map((value) => ({ value, label: KINDS[value] }))}
            value={form.values.kind}
            onChange={(kind) => kind && form.set({ kind })}
            disabled={form.unanswered || form.busy}
            allowDeselect={false}
          />
          <FormNotes errors={form.errors} unanswered={form.unanswered} />
          <div className="form-actions">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" className="ink" loading={form.busy}>
              {form.unanswered ? 'Send again' : 'Make the key'}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}

/** A secret that nobody can show again. */
function SecretOnce({ secret, onClose }: { readonly secret: string | null; readonly onClose: () => void }) {
  return (
    <div className="form">
      {secret === null ? (
        <p>The key was made, and its answer was lost on the way. Nobody can show it again: revoke it, and make another.</p>
      ) : (
        <>
          <p>Copy it now. It is shown this one time; the hub keeps only its hash.</p>
          <code className="secret">{secret}</code>
        </>
      )}
      <div className="form-actions">
        {secret === null ? null : (
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
        )}
        <Button className="ink" onClick={onClose}>
          I have it
        </Button>
      </div>
    </div>
  );
}

function RevokeApiKey({ apiKey, onClose }: { readonly apiKey: ApiKeyFactsFragment; readonly onClose: () => void }) {
  const { apiKeyId, tail } = apiKey;
  const form = useKeptForm({
    id: `revoke ${apiKeyId}`,
    blank: {},
    document: RevokeApiKeyDocument,
    inputOf: (_values, idempotencyKey) => ({ apiKeyId, idempotencyKey }),
    onDone: onClose,
  });
  return (
    <Modal opened onClose={onClose} title="Revoke this API key?" closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className="form">
        <p>
          Whoever uses the key that ends in <span className="mono">{tail}</span> is refused from now on, streams too.
        </p>
        <FormNotes errors={form.errors} unanswered={form.unanswered} />
        <div className="form-actions">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color="red" loading={form.busy} onClick={() => void form.send()}>
            {form.unanswered ? 'Send again' : 'Revoke'}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
